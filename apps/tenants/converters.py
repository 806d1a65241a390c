"""Path converters for numbers in addresses."""

from django.urls.converters import IntConverter


class NumberConverter(IntConverter):
    """An ID that fits a database and the API: both fail on a larger one, so such an address does not exist."""

    regex = "[0-9]{1,18}"
