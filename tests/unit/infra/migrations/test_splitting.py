"""A migration is run a statement at a time."""

import re

from infra.migrations.runner import load_migrations
from infra.migrations.splitting import split


def test_a_semicolon_within_a_text_a_name_a_comment_or_a_body_ends_nothing() -> None:
    statements = [
        "insert into a values ('it''s; one')",
        'select "odd;""name"',
        "select 1 -- not here; nor here\n + 1",
        "do $do$ begin execute $make$ select $$;$$; $make$; end $do$",
        "create function f() returns int language sql as $$ select 1; select 2; $$",
        "select $1, a$b$c from d",
    ]
    assert split(";\n".join(statements)) == statements


def test_what_only_comments_is_no_statement() -> None:
    assert split("-- first\nselect 1;\n-- last; of all\n") == ["-- first\nselect 1"]
    assert split(" ;; -- nothing") == []


def test_no_migration_loses_a_word() -> None:
    for name, text in load_migrations():
        bare = re.sub(r"--[^\n]*", "", text)
        assert " ".join(split(bare)).replace(";", " ").split() == bare.replace(";", " ").split(), name
