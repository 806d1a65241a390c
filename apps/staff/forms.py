from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws every form, allauth's included, with the same two templates."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
