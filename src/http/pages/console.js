"use strict";

const element = (id) => document.getElementById(id);
const queries = JSON.parse(element("queries").textContent);
let running = null;

function choose(index) {
  const chosen = queries[index];
  if (!chosen) return;
  element("query").value = chosen.query;
  element("variables").value = chosen.variables ? JSON.stringify(chosen.variables, null, 2) : "";
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// Shows each event of a subscription as it comes, the newest last.
async function showEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const name = /^event: ?(.*)$/m.exec(event);
      const data = /^data: ?(.*)$/m.exec(event);
      if (name) element("answer").append(`${name[1]} ${data ? pretty(data[1]) : ""}\n`);
    }
  }
}

async function run() {
  const headers = {
    accept: "application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.5",
    "content-type": "application/json",
  };
  const token = element("token").value.trim();
  if (token) headers.authorization = `Bearer ${token}`;
  const variables = element("variables").value.trim();
  if (running) running.abort();
  const mine = new AbortController();
  running = mine;
  element("stop").disabled = false;
  element("answer").textContent = "";
  element("status").textContent = "...";
  const started = performance.now();
  try {
    const body = JSON.stringify({
      query: element("query").value,
      variables: variables ? JSON.parse(variables) : null,
    });
    const response = await fetch("/graphql", { method: "POST", headers, body, signal: mine.signal });
    const show = () => {
      const milliseconds = Math.round(performance.now() - started);
      const id = response.headers.get("x-request-id");
      element("status").textContent = `${response.status}, ${milliseconds} ms, request ${id}`;
    };
    show();
    if ((response.headers.get("content-type") || "").startsWith("text/event-stream")) {
      await showEvents(response);
    } else {
      element("answer").textContent = pretty(await response.text());
      show();
    }
  } catch (error) {
    if (!mine.signal.aborted) element("status").textContent = String(error);
  } finally {
    if (running === mine) {
      running = null;
      element("stop").disabled = true;
    }
  }
}

queries.forEach((query, index) => element("ready").add(new Option(query.title, String(index))));
element("ready").addEventListener("change", (event) => choose(Number(event.target.value)));
element("stop").addEventListener("click", () => running && running.abort());
element("console").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
element("console").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
choose(0);
