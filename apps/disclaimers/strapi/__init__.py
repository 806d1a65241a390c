"""The preview of Strapi 3.6.11's editor: its old markdown-it with ten plugins, then its sanitizing.

Built on markdown-it-py, which follows a newer markdown-it. Only the differences and the missing plugins are here.
"""
