"""What Schemathesis checks: no answer of 500 and above, and no error without a code or with that of a fault."""

import os

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# What the scalars of the schema may be, and values beside them.
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str)
schemathesis.graphql.scalar("Decimal", (decimals | st.text(max_size=40)).map(nodes.String))
schemathesis.graphql.scalar("Points", st.integers(-(2**63), 2**63 - 1).map(nodes.Int))
addresses = st.sampled_from(["https://loja.example/a", "http://127.0.0.1/", "https://[::1]:1/?q=1#f", "ftp://a", "javascript:x"])
schemathesis.graphql.scalar("URL", (addresses | st.text(max_size=40)).map(nodes.String))

counted = open(os.environ["CASES_FILE"], "a", buffering=1)


@schemathesis.check
def foreseen(ctx, response, case):
    counted.write(".")
    assert response.status_code < 500, f"status {response.status_code}"
    answer = response.json()
    for error in answer.get("errors") or []:
        code = (error.get("extensions") or {}).get("code")
        assert code not in (None, "INTERNAL", "INVALID_TOKEN", "TIMEOUT", "UNAVAILABLE"), f"not foreseen: {error}"
