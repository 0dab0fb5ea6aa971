// A real OpenID provider (npm's oidc-provider) on loopback, for the tests of logging in.
//   node provider.mjs PACKAGE.JSON SETTINGS     SETTINGS: JSON with port, publicKey (PEM), redirect, accounts, par
// It asks for PKCE and private_key_jwt, and takes requests by PAR alone where `par` says so. Its own pages log in anybody.
import { createPublicKey } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , packages, text] = process.argv;
const settings = JSON.parse(text);
const { Provider } = await import(pathToFileURL(createRequire(packages).resolve("oidc-provider")));

const key = { ...createPublicKey(settings.publicKey).export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "of-av1" };
const issuer = `http://127.0.0.1:${settings.port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "av1",
      redirect_uris: [settings.redirect],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "RS256",
      jwks: { keys: [key] },
    },
  ],
  claims: { openid: ["sub", "acr"], profile: ["name", "av1"] },
  cookies: { keys: ["of the test"] },
  features: {
    devInteractions: { enabled: true },
    pushedAuthorizationRequests: { enabled: settings.par, requirePushedAuthorizationRequests: settings.par },
  },
  pkce: { required: () => true },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...settings.accounts[sub] }) }),
});
provider.listen(settings.port, "127.0.0.1", () => console.log(issuer));
