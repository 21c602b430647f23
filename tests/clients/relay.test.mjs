// Relay: its compiler takes the schema, and its runtime pages forwards and backwards by persisted documents.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import WebSocket from 'ws';
import { HERE, toolIn } from './generate.mjs';
import { scene } from './scene.mjs';

const { Environment, Network, Observable, RecordSource, Store, createOperationDescriptor, fetchQuery } = relay;
const FOLDER = join(HERE, 'relay');
const artifact = (name) => createRequire(join(FOLDER, 'x.js'))(`./__generated__/${name}.graphql.js`);

let world, environment, sent, socket;

before(async () => {
  for (const folder of ['__generated__', 'persisted']) {
    rmSync(join(FOLDER, folder), { recursive: true, force: true });
    mkdirSync(join(FOLDER, folder));
  }
  writeFileSync(join(FOLDER, 'persisted/relay.json'), '{}');
  toolIn(FOLDER, 'relay-compiler', 'relay.config.json');
  world = await scene({ 'http.persisted_documents': join(FOLDER, 'persisted') });
  sent = [];
  socket = createClient({
    url: world.program.socket,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${world.token}` },
  });
  environment = new Environment({ network: Network.create(ask, subscribe), store: new Store(new RecordSource()) });
});
after(async () => {
  await socket?.dispose();
  await world?.program.stop();
});

async function ask(parameters, variables) {
  const body = { doc_id: parameters.id, variables };
  sent.push(body);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${world.token}` };
  const response = await fetch(world.program.url, { method: 'POST', headers, body: JSON.stringify(body) });
  return response.json();
}

function subscribe(parameters, variables) {
  const extensions = { persistedQuery: { version: 1, sha256Hash: parameters.id } };
  return Observable.create((sink) => socket.subscribe({ query: '', variables, extensions }, sink));
}

/** All that the cache has joined, after paging to the end. */
async function page(name, fragment, key, variables, more) {
  const query = artifact(name);
  let next = variables;
  let pages = 0;
  for (;;) {
    await fetchQuery(environment, query, { id: world.store, ...next }).toPromise();
    pages += 1;
    const root = createOperationDescriptor(query, { id: world.store, ...variables });
    environment.retain(root);
    const reference = environment.lookup(root.fragment).data.node;
    const selector = relay.getSingularSelector(artifact(fragment), reference);
    const { customers } = environment.lookup(selector).data;
    next = more(customers.pageInfo);
    if (!next) return { pages, ids: customers.edges.map(({ node }) => node.id) };
  }
}

test('relay-compiler takes the schema and writes the documents down', () => {
  const manifest = JSON.parse(readFileSync(join(FOLDER, 'persisted/relay.json'), 'utf8'));
  assert.equal(Object.keys(manifest).length, 3);
});

test('Relay pages forwards, and its connection joins the pages', async () => {
  const more = ({ hasNextPage, endCursor }) => hasNextPage && { first: 5, after: endCursor };
  const { pages, ids } = await page('documentsForwardsQuery', 'documents_customers', 'first', { first: 5 }, more);
  assert.equal(pages, Math.ceil(world.customers / 5));
  assert.equal(ids.length, world.customers);
  assert.equal(new Set(ids).size, world.customers);
});

test('Relay pages backwards to the same rows', async () => {
  const more = ({ hasPreviousPage, startCursor }) => hasPreviousPage && { last: 5, before: startCursor };
  const { pages, ids } = await page('documentsBackwardsQuery', 'documents_latest', 'last', { last: 5 }, more);
  assert.equal(pages, Math.ceil(world.customers / 5));
  assert.equal(new Set(ids).size, world.customers);
});

test('Relay sends ids and never documents', () => {
  assert.ok(sent.length > 2);
  for (const body of sent) assert.match(body.doc_id, /^[0-9a-f]{64}$/);
});

test('Relay subscribes over graphql-ws', async () => {
  const subscription = artifact('documentsSubscription');
  const answer = await new Promise((resolve, reject) => {
    relay.requestSubscription(environment, {
      subscription,
      variables: { id: world.redemption },
      onNext: resolve,
      onError: reject,
    });
  });
  assert.equal(answer.redemption.id, world.redemption);
});
