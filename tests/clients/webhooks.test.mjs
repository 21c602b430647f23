// Standard Webhooks: its libraries for Node and Python verify what a running server really sends, and nothing else.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { ask } from '../audits/program.mjs';
import { HERE } from './generate.mjs';
import { scene } from './scene.mjs';

const PATIENCE_MS = 30_000;
const TOO_OLD_S = 6 * 60;
const PAYLOAD = 'query ($id: ID!) { node(id: $id) { ... on Customer { name balance { available } } } }';
let world, receiver, customer, webhook;
const received = [];

before(async () => {
  world = await scene();
  receiver = createServer(async (request, response) => {
    let raw = '';
    for await (const piece of request) raw += piece;
    received.push({ raw, headers: request.headers });
    response.end('taken');
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const find = 'query ($id: ID!) { store(id: $id) { customers(first: 1) { nodes { id name } } } }';
  [customer] = (await ask(world.program, find, { id: world.store }, world.token)).store.customers.nodes;
  webhook = await mutate('createWebhook', 'webhook { id } secret', {
    storeId: world.store,
    url: `http://127.0.0.1:${receiver.address().port}/fidelidade`,
    eventTypes: ['POINTS_BALANCE_CHANGED'],
    scopes: ['customers:read'],
    payload: PAYLOAD,
    idempotencyKey: 'webhook',
  });
});
after(async () => {
  receiver?.close();
  await world?.program.stop();
});

async function mutate(name, selection, input) {
  const kind = name[0].toUpperCase() + name.slice(1);
  const mutation = `mutation ($input: ${kind}Input!) { ${name}(input: $input) { ${selection} userErrors { message } } }`;
  const { [name]: answer } = await ask(world.program, mutation, { input }, world.token);
  assert.deepEqual(answer.userErrors, []);
  return answer;
}

/** Something happens to the customer: what the receiver is told of it. */
async function told(key) {
  const before = received.length;
  await mutate('adjustPoints', 'adjustment { id }', { customerId: customer.id, points: 1, reason: 'cortesia', idempotencyKey: key });
  const until = Date.now() + PATIENCE_MS;
  while (received.length === before) {
    if (Date.now() > until) throw new Error('nothing is told');
    await sleep(20);
  }
  assert.equal(received.length, before + 1);
  return received.at(-1);
}

/** What the library for Node says. */
function node(secret, raw, headers) {
  try {
    return new Webhook(secret).verify(raw, headers);
  } catch (error) {
    return error.message;
  }
}

/** What the library for Python says. */
function python(secret, raw, headers) {
  const script = join(HERE, 'receiver.py');
  const said = execFileSync(join(process.env.FIDELIDADE_VENV, 'bin/python'), [script], {
    encoding: 'utf8',
    input: JSON.stringify({ secret, raw, headers }),
  });
  return JSON.parse(said);
}

for (const [library, verify] of Object.entries({ node, python })) {
  test(`standardwebhooks for ${library} takes what was sent and refuses what was not`, async () => {
    const { secret } = webhook;
    const { raw, headers } = await told(`genuine ${library}`);
    const event = verify(secret, raw, headers);
    assert.equal(event.type, 'points.balance_changed');
    assert.equal(event.objectId, customer.id);
    assert.equal(event.data.node.name, customer.name);

    const refused = /signature/i;
    assert.match(verify(secret, raw.replace(customer.name, 'Outra Pessoa'), headers), refused);
    assert.match(verify(secret, raw, { ...headers, 'webhook-id': 'delivery_2' }), refused);
    const other = `whsec_${Buffer.alloc(32).toString('base64')}`;
    assert.match(verify(other, raw, headers), refused);
    // An old request, signed as it was then, and one that only says that it is new.
    const then = Number(headers['webhook-timestamp']) - TOO_OLD_S;
    const signature = new Webhook(secret).sign(headers['webhook-id'], new Date(then * 1000), raw);
    const old = { ...headers, 'webhook-timestamp': String(then), 'webhook-signature': signature };
    assert.match(verify(secret, raw, old), /too old/);
    assert.match(verify(secret, raw, { ...old, 'webhook-timestamp': headers['webhook-timestamp'] }), refused);
  });
}

test('while a secret is rotated both fit, in both libraries', async () => {
  const { secret } = await mutate('rotateWebhookSecret', 'secret', { id: webhook.webhook.id });
  assert.notEqual(secret, webhook.secret);
  const { raw, headers } = await told('rotated');
  assert.equal(headers['webhook-signature'].split(' ').length, 2);
  for (const verify of [node, python]) {
    for (const one of [webhook.secret, secret]) assert.equal(verify(one, raw, headers).objectId, customer.id);
  }
});
