"""What the editor of Strapi 3.6.11 shows of a text: its old markdown-it with ten plugins, then its sanitizing.

Built on markdown-it-py, which follows a newer markdown-it: here stands only what was different, and the plugins that it lacks.
"""
