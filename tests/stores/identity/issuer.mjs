// An OpenID Connect provider (oidc-provider) for tests, on loopback. Configuration is JSON in the
// first argument: `modules`, the folder that holds node_modules; `audience`; `clients`, those of the
// provider. Prints a line of JSON with `issuer`, `port` and `public_key` once it answers, and one
// for each command on its standard input:
//   rotate ALG      a new key signs from now on; the former stay published
//   lifetime S      of tokens from now on
import http from 'node:http';
import { createRequire } from 'node:module';
import readline from 'node:readline';

const settings = JSON.parse(process.argv[2]);
const require = createRequire(`${settings.modules}/`);
const { default: Provider } = require('oidc-provider');
const jose = require('jose');

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const keys = []; // The first one signs.
let lifetime = 300;
let provider;
let answer;

async function addKey(alg) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = await jose.exportJWK(privateKey);
  keys.unshift({ ...jwk, alg, use: 'sig', kid: `key-${Date.now()}-${keys.length}` });
  return jose.exportSPKI(publicKey);
}

function makeProvider(issuer) {
  const describe = (_ctx, resource) => ({
    scope: 'read',
    audience: resource,
    accessTokenFormat: 'jwt',
    accessTokenTTL: lifetime,
    jwt: { sign: { alg: keys[0].alg, kid: keys[0].kid } },
  });
  provider = new Provider(issuer, {
    clients: settings.clients.map((client) => ({ redirect_uris: [], response_types: [], ...client })),
    jwks: { keys },
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'ES256'] },
    extraTokenClaims: (_ctx, token) =>
      settings.clients.find((client) => client.client_id === token.clientId)['x-claims'],
    extraClientMetadata: { properties: ['x-claims'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => settings.audience,
        getResourceServerInfo: describe,
      },
    },
  });
  answer = provider.callback();
  return describe;
}

/// RFC 7523, 2.1, which the provider does not have: the assertion is verified by the client's own
/// keys, and the token is the provider's.
async function exchange(form, issuer, describe) {
  const { iss } = jose.decodeJwt(form.get('assertion'));
  const client = await provider.Client.find(iss);
  const set = jose.createLocalJWKSet(client.jwks);
  const { payload } = await jose.jwtVerify(form.get('assertion'), set, { audience: issuer });
  const token = new provider.ClientCredentials({ client, scope: payload.scope });
  token.resourceServer = new provider.ResourceServer(
    payload.resource,
    describe(undefined, payload.resource),
  );
  token.extra = client['x-claims'];
  return { access_token: await token.save(), expires_in: lifetime, token_type: 'Bearer' };
}

const server = http.createServer((request, response) => {
  if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') {
    answer(request, response);
    return;
  }
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    request.body = Buffer.concat(parts).toString(); // Where the provider looks first.
    const form = new URLSearchParams(request.body);
    if (form.get('grant_type') !== JWT_BEARER) {
      answer(request, response);
      return;
    }
    const made = await exchange(form, issuer, describe).then(
      (token) => [200, token],
      (error) => [400, { error: 'invalid_grant', error_description: error.message }],
    );
    response.writeHead(made[0], { 'content-type': 'application/json' });
    response.end(JSON.stringify(made[1]));
  });
});

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const publicKey = await addKey('RS256');
await new Promise((done) => {
  server.listen(settings.port ?? 0, '127.0.0.1', done);
});
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;
let describe = makeProvider(issuer);
say({ issuer, port, public_key: publicKey });

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [command, argument] = line.split(' ');
  if (command === 'rotate') await addKey(argument);
  if (command === 'lifetime') lifetime = Number(argument);
  describe = makeProvider(issuer);
  say({ done: command });
}
server.close();
process.exit(0);
