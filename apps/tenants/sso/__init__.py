"""Single sign-on of a team by OpenID Connect: whom a provider may vouch for, its settings, its pages."""
