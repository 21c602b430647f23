#!/bin/sh
# All tests: on SQLite, then those that need a database again on PostgreSQL. Arguments go to the tests:
# ./test.sh queue runs only the tests with "queue" in their names.
#
# PostgreSQL is the server that FIDELIDADE_TEST_POSTGRES_URL names (a user who may create databases, for
# instance postgres://postgres:secret@localhost), or a throw-away one made from its programs (initdb,
# postgres), wherever they are installed.
set -u
cd "$(dirname "$0")" || exit 1
failed=0

# Many tests wait for what comes with time: with one for each processor, the processors wait as well.
processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((2 * processors))}"

echo '== SQLite'
FIDELIDADE_TEST_DATABASE=sqlite cargo test --workspace --locked --no-fail-fast -- "$@" || failed=1

has_postgres() {
    [ -n "${FIDELIDADE_TEST_POSTGRES_URL:-}" ] && return
    for folder in "$(pg_config --bindir 2>/dev/null)" "$(dirname "$(command -v initdb || echo /)")" \
        /usr/lib/postgresql/*/bin; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && return
    done
    return 1
}

if has_postgres; then
    echo '== PostgreSQL'
    # The contracts of the platforms' adapters know no database.
    FIDELIDADE_TEST_DATABASE=postgres cargo test --locked --test it -- --skip contract:: "$@" || failed=1
else
    cat >&2 <<'END'

################################################################################
#  NOT TESTED ON POSTGRESQL: no server is named and no server is installed.    #
#  Install PostgreSQL (Debian: apt-get install postgresql), or set             #
#  FIDELIDADE_TEST_POSTGRES_URL to a server where databases may be created.    #
################################################################################
END
    [ "${CI:-}" = true ] && failed=1
fi
exit "$failed"
