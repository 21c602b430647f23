// The demo's world for clients: two shops imported, customers with points, a redemption with its coupon.

import { setTimeout as sleep } from 'node:timers/promises';
import { ask, start } from '../audits/program.mjs';

const PATIENCE_MS = 120_000;

/** Starts the demo and signs in as its merchant, when the story has been told. */
export async function scene(settings = {}) {
  const program = await start({ 'http.cost.capacity': 0, ...settings }, { command: (port) => ['demo', '--port', port] });
  try {
    const until = Date.now() + PATIENCE_MS;
    let told;
    while (!(told = program.log().match(/sign in as (\S+) with password (\S+) \(/))) {
      if (Date.now() > until) throw new Error(`the demo does not end:\n${program.log()}`);
      await sleep(100);
    }
    const [, email, password] = told;
    const signIn = `mutation ($input: SignInInput!) {
      signIn(input: $input) { session { accessToken } userErrors { message } } }`;
    const { signIn: signed } = await ask(program, signIn, { input: { email, password } });
    const token = signed.session.accessToken;
    const find = `{ viewer { stores(first: 1) { nodes {
      id customers(first: 1) { totalCount } orders(first: 1) { totalCount } redemptions(first: 1) { nodes { id } } } } } }`;
    const { viewer } = await ask(program, find, {}, token);
    const [store] = viewer.stores.nodes;
    return { program, token, store: store.id, customers: store.customers.totalCount, orders: store.orders.totalCount,
      redemption: store.redemptions.nodes[0].id };
  } catch (error) {
    await program.stop();
    throw error;
  }
}
