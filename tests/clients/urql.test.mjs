// urql: pages, caches, tries again, names graphql-codegen's persisted documents, subscribes. Its cache goes by types, so
// documents that are written down for it must ask for `__typename`.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { retryExchange } from '@urql/exchange-retry';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { HERE, tool } from './generate.mjs';
import { scene } from './scene.mjs';

const MANIFESTS = join(HERE, 'generated-urql');
let world, texts, hashes, sent, socket, client;

before(async () => {
  rmSync(MANIFESTS, { recursive: true, force: true });
  tool('graphql-codegen', '--config', 'codegen.urql.json');
  mkdirSync(join(MANIFESTS, 'manifests'));
  copyFileSync(join(MANIFESTS, 'persisted-documents.json'), join(MANIFESTS, 'manifests/urql.json'));
  const manifest = JSON.parse(readFileSync(join(MANIFESTS, 'persisted-documents.json'), 'utf8'));
  const nameOf = (text) => text.match(/(?:query|mutation|subscription) (\w+)/)[1];
  hashes = new Map(Object.entries(manifest).map(([hash, text]) => [nameOf(text), hash]));
  texts = new Map(Object.values(manifest).map((text) => [nameOf(text), text]));
  world = await scene({ 'http.persisted_documents': join(MANIFESTS, 'manifests') });
  sent = [];
  client = connect();
});
after(async () => {
  await socket?.dispose();
  await world?.program.stop();
});

/** A client as a frontend makes it. The first `failures` requests find no network. */
function connect(failures = 0) {
  socket = createClient({
    url: world.program.socket,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${world.token}` },
  });
  return new Client({
    url: world.program.url,
    fetchOptions: { headers: { authorization: `Bearer ${world.token}` } },
    fetch: async (address, init) => {
      sent.push(asked(address, init));
      if (failures-- > 0) throw new TypeError('fetch failed');
      return fetch(address, init);
    },
    exchanges: [
      cacheExchange,
      retryExchange({ initialDelayMs: 10, maxNumberAttempts: 3 }),
      persistedExchange({
        enforcePersistedQueries: true,
        enableForMutation: true,
        enableForSubscriptions: true,
        generateHash: (text) => Promise.resolve(hashes.get(text.match(/(?:query|mutation|subscription) (\w+)/)[1])),
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          // The library wants a text, and an empty one says nothing.
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
        }),
      }),
    ],
  });
}

/** Queries by hash come by GET, as urql does by itself, and mutations by POST. */
function asked(address, init) {
  if (init.method !== 'GET') return { method: init.method, ...JSON.parse(init.body) };
  const parameters = Object.fromEntries(new URL(address).searchParams);
  return { method: 'GET', ...parameters, extensions: JSON.parse(parameters.extensions) };
}

async function ask(name, variables = {}, context) {
  const result = await client.query(texts.get(name), variables, context).toPromise();
  assert.equal(result.error, undefined);
  return result;
}

test('urql pages through a connection forwards and backwards', async () => {
  for (const backwards of [false, true]) {
    const ids = [];
    let page = backwards ? { last: 5 } : { first: 5 };
    while (page) {
      const { data } = await ask('Customers', { store: world.store, ...page });
      const { edges, pageInfo } = data.store.customers;
      ids.push(...edges.map(({ node }) => node.id));
      if (backwards) page = pageInfo.hasPreviousPage ? { last: 5, before: pageInfo.startCursor } : undefined;
      else page = pageInfo.hasNextPage ? { first: 5, after: pageInfo.endCursor } : undefined;
    }
    assert.equal(new Set(ids).size, world.customers);
    assert.equal(ids.length, world.customers);
  }
});

test('urql answers from its cache, and asks again after a mutation of the same types', async () => {
  const first = await ask('Stores');
  const before = sent.length;
  assert.deepEqual((await ask('Stores')).data, first.data);
  assert.equal(sent.length, before);
  const input = { name: 'Outra Loja', idempotencyKey: 'urql' };
  const created = await client.mutation(texts.get('CreateStore'), { input }).toPromise();
  assert.deepEqual(created.data.createStore.userErrors, []);
  const names = (await ask('Stores')).data.viewer.stores.nodes.map(({ name }) => name);
  assert.ok(names.includes('Outra Loja'), names.join());
});

test('urql tries again when there was no network', async () => {
  const before = sent.length;
  const other = connect(2);
  const { data, error } = await other.query(texts.get('Stores'), {}).toPromise();
  assert.equal(error, undefined);
  assert.ok(data.viewer.stores.nodes.length > 0);
  assert.equal(sent.length - before, 3);
});

test('urql sends hashes and never documents, queries by GET', () => {
  assert.deepEqual(new Set(sent.map(({ method }) => method)), new Set(['GET', 'POST']));
  for (const body of sent) {
    assert.ok(!body.query, body.query);
    assert.ok(hashes.has(body.operationName));
    assert.equal(body.extensions.persistedQuery.sha256Hash, hashes.get(body.operationName));
  }
});

test('urql subscribes over graphql-ws', async () => {
  const seen = await new Promise((resolve) => {
    const { unsubscribe } = client.subscription(texts.get('Redemption'), { id: world.redemption }).subscribe((result) => {
      resolve(result);
      queueMicrotask(() => unsubscribe());
    });
  });
  assert.equal(seen.error, undefined);
  assert.equal(seen.data.redemption.id, world.redemption);
});
