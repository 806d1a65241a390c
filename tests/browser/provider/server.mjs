// An identity provider for tests: oidc-provider with one client, and pages that take any name and password.
import Provider from 'oidc-provider';

const { ISSUER, CLIENT, SECRET, REDIRECT_URI } = process.env;

const provider = new Provider(ISSUER, {
  clients: [{
    client_id: CLIENT,
    client_secret: SECRET,
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  features: { claimsParameter: { enabled: true }, devInteractions: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@acme.example`, email_verified: true }),
  }),
});

provider.listen(new URL(ISSUER).port, 'localhost');
