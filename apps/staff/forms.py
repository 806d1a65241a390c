from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Every form of the house, allauth's included, is drawn by the same two templates."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
