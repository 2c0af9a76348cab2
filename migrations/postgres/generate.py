#!/usr/bin/env python3
"""Writes rules.sql, the rules' tables for PostgreSQL, from the SQLite migrations beside it.

`generate.py` prints the text, `generate.py --write` writes the file. A test holds the file equal to what is printed.
What is not generated stands in 0001_cluster.sql: the functions used here, the projects, the changes log, the roles.
"""

import glob
import os
import re
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BLANKS = r"e'\t\n\r \u00a0'"
# They have a form of their own in 0001_cluster.sql.
NOT_RULES = ("changes", "editor", "_sqlx_migrations")

# What SQLite says, and what PostgreSQL says in its place. A column has one type here, and no text holds a NUL.
CONDITIONS = [
    (r"typeof\((\w+)\) (= 'text'|= 'integer'|IN \('text', 'null'\)) AND ", ""),
    (r" AND instr\(\w+, char\(0\)\) = 0", ""),
    (r"instr\(\w+, char\(0\)\) = 0 AND ", ""),
    (r"^(typeof\(\w+\) = 'integer'|instr\(\w+, char\(0\)\) = 0)$", "true"),
    (r"(\w+) GLOB '[^']*' AND \1 IS date\(\1, '\+0 days'\)", r"is_date(\1)"),
    (r"(\w+) GLOB '[^']*' AND \1 IS strftime\('%H:%M', \1, '\+0 days'\)", r"is_time(\1)"),
    (r"(\w+) GLOB '[^']*' AND \1 IS strftime\('%Y-%m-%d %H:%M', \1, '\+0 days'\)", r"is_moment(\1)"),
    (r"date\((\w+), '\+1 year'\)", r"a_year_after(\1)"),
    (
        r"(\w+) = CAST\(CAST\(\1 AS INTEGER\) AS TEXT\) AND CAST\(\1 AS INTEGER\) BETWEEN (\d+) AND (\d+)",
        r"is_whole(\1, \2, \3)",
    ),
    (r"trim\((\w+), char\(9, 10, 13, 32, 160\)\)", rf"btrim(\1, {BLANKS})".replace("\\", r"\\").replace(r"\\1", r"\1")),
    (r"instr\((\w+), ('[^']*')\) = 0", r"strpos(\1, \2) = 0"),
    (r"NOT GLOB '\*\[\^0-9\]\*'", "!~ '[^0-9]'"),
    (r"NOT GLOB '0\*'", "!~ '^0'"),
    (r"NOT GLOB '\*\[\^ ,-\]\*'", "!~ '[^ ,-]'"),
    (r"NOT GLOB '\*\[\*\]\?\*'", "!~ '[*].'"),
    (r'"replace"\(', "replace("),
    (r"(NEW\.\w+) IS NOT (OLD\.\w+)", r"\1 IS DISTINCT FROM \2"),
]
UNKNOWN = re.compile(r"typeof|GLOB|char\(|strftime|CAST\(|instr\(|IS date|\"|\bIS NOT (?!NULL)")


def condition(text):
    text = " ".join(text.split())
    for pattern, replacement in CONDITIONS:
        text = re.sub(pattern, replacement, text)
    if UNKNOWN.search(text):
        sys.exit(f"generate.py does not know how PostgreSQL says this: {text}")
    return text


def balanced(text, start):
    """What stands between the parenthesis at `start` and the one that closes it."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        letter = text[at]
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter == "(":
            depth += 1
        elif not quoted and letter == ")":
            depth -= 1
            if depth == 0:
                return text[start + 1 : at]
    sys.exit(f"no closing parenthesis: {text}")


class Column:
    def __init__(self, name, kind, rest):
        self.name, self.comment = name, []
        self.kind = 'text COLLATE "C"' if kind == "TEXT" else "bigint"
        self.is_id = kind == "INTEGER" and "PRIMARY KEY" in rest
        self.is_key = "PRIMARY KEY" in rest
        self.required = "NOT NULL" in rest or self.is_key
        default = re.search(r"DEFAULT ('[^']*'|\S+?),?$", rest.split(" REFERENCES")[0].strip())
        self.default = default.group(1) if default else None
        self.reference = re.search(r"REFERENCES (\w+) \((\w+)\)(.*?),?$", rest)

    def text(self):
        words = [f"  {self.name} {self.kind}"]
        if self.required:
            words.append("NOT NULL")
        if self.default is not None:
            words.append(f"DEFAULT {self.default}")
        return " ".join(words)

    def foreign_key(self, table):
        target, column, actions = self.reference.groups()
        actions = actions.replace("ON DELETE SET NULL", f"ON DELETE SET NULL ({self.name})")
        return (
            f"  CONSTRAINT {table}_{self.name} FOREIGN KEY (project_id, {self.name})"
            f" REFERENCES {target} (project_id, {column}){actions}"
        )


class Table:
    def __init__(self, name, sql):
        self.name, self.columns, self.comment = name, [], []
        for line in sql.splitlines()[1:]:
            found = re.match(r"  (\w+) (TEXT|INTEGER)\b(.*)$", line)
            if found:
                self.columns.append(Column(*found.groups()))
            elif line.strip().startswith("--"):
                (self.columns[-1] if self.columns else self).comment.append(line.strip()[2:].rstrip()[1:])
        code = "\n".join(line for line in sql.splitlines() if not line.strip().startswith("--"))
        self.checks = []
        for found in re.finditer(r'CONSTRAINT "([^"]*)"\s+CHECK \(', code):
            said = condition(balanced(code, found.end() - 1))
            if said != "true":
                self.checks.append((found.group(1), said))
        keys = re.search(r"^  PRIMARY KEY \((.*)\)", code, re.M)
        self.keys = keys.group(1).split(", ") if keys else [c.name for c in self.columns if c.is_key]

    def names(self):
        return [column.name for column in self.columns]

    def create(self):
        parts = ["  project_id bigint NOT NULL DEFAULT my_project() REFERENCES projects (id) ON DELETE CASCADE"]
        parts += [column.text() for column in self.columns]
        parts.append(f"  PRIMARY KEY (project_id, {', '.join(self.keys)})")
        # PostgreSQL tries them in the order of their names.
        for number, (sentence, said) in enumerate(self.checks, 1):
            parts.append(
                f"  CONSTRAINT {self.name}_{number:02} CHECK (CASE WHEN ({said}) IS FALSE\n"
                f"    THEN must({literal(sentence)}) ELSE true END)"
            )
        parts += [column.foreign_key(self.name) for column in self.columns if column.reference]
        return f"CREATE TABLE {self.name} (\n" + ",\n".join(parts) + "\n);\n" + self.comments()

    def comments(self):
        said = [f"COMMENT ON TABLE {self.name} IS {literal(' '.join(self.comment))};"]
        for column in self.columns:
            if column.comment:
                words = " ".join(" ".join(column.comment).split()).replace("Given by SQLite", "Given by the database")
                said.append(f"COMMENT ON COLUMN {self.name}.{column.name} IS {literal(words)};")
        return "\n".join(said) + "\n"

    def key(self, row):
        return " || '/' || ".join(f"{row}.{key}" for key in self.keys)

    def json(self, row):
        pairs = [f"'{name}', {row}.{name}" for name in self.names()]
        lines = [", ".join(pairs[at : at + 4]) for at in range(0, len(pairs), 4)]
        return "json_build_object(\n        " + ",\n        ".join(lines) + ")"

    def log(self):
        columns = ", ".join(self.names())
        ops = []
        for op, row, before, after in (
            ("insert", "fresh", "NULL::json", self.json("fresh")),
            ("delete", "former", self.json("former"), "NULL::json"),
        ):
            source = "new_rows" if op == "insert" else "old_rows"
            ops.append((op, row, f"{source} {row}", f"SELECT DISTINCT project_id FROM {source}", before, after))
        # Both tables have their rows in the order in which they were updated.
        numbered = (
            f"(SELECT row_number() OVER () AS n, * FROM old_rows) former\n"
            f"      JOIN (SELECT row_number() OVER () AS n, * FROM new_rows) fresh USING (n)"
        )
        differ = (
            f"({', '.join('former.' + name for name in self.names())})\n"
            f"      IS DISTINCT FROM ({', '.join('fresh.' + name for name in self.names())})"
        )
        ops.append(
            (
                "update",
                "former",
                f"{numbered}",
                f"SELECT DISTINCT former.project_id FROM {numbered}\n    WHERE {differ}",
                self.json("former"),
                self.json("fresh"),
            )
        )
        body = []
        for op, row, source, projects, before, after in ops:
            where = f"\n    WHERE {differ}" if op == "update" else ""
            order = "ORDER BY n" if op == "update" else f"ORDER BY {', '.join(f'{row}.{key}' for key in self.keys)}"
            body.append(
                f"  IF TG_OP = '{op.upper()}' THEN\n"
                f"    WITH edit AS MATERIALIZED (\n"
                f"      SELECT p, edited(p) AS version, edited_at() AS at, actor() AS actor, reason() AS reason\n"
                f"      FROM ({projects}) touched (p)\n"
                f"    )\n"
                f"    INSERT INTO changes (project_id, version, at, actor, reason, table_name, row_key, op, before, after)\n"
                f"    SELECT {row}.project_id, edit.version, edit.at, edit.actor, edit.reason,\n"
                f"      '{self.name}', {self.key(row)}, '{op}', {before}, {after}\n"
                f"    FROM {source} JOIN edit ON edit.p = {row}.project_id{where} {order};\n"
                f"  END IF;"
            )
        function = (
            f"CREATE FUNCTION log_{self.name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n"
            f"SET search_path = stringee, pg_temp AS $$\nBEGIN\n" + "\n".join(body) + "\n  RETURN NULL;\nEND $$;\n"
        )
        triggers = []
        for event, rows in (
            ("INSERT", "NEW TABLE AS new_rows"),
            ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("DELETE", "OLD TABLE AS old_rows"),
        ):
            triggers.append(
                f"CREATE TRIGGER log_{event.lower()} AFTER {event} ON {self.name} REFERENCING {rows}\n"
                f"  FOR EACH STATEMENT EXECUTE FUNCTION log_{self.name}();\n"
            )
        return function + "".join(triggers)

    def access(self):
        return (
            f"CREATE TRIGGER a_lock BEFORE INSERT OR UPDATE OR DELETE ON {self.name}\n"
            f"  FOR EACH STATEMENT EXECUTE FUNCTION lock_project();\n"
            f"ALTER TABLE {self.name} ENABLE ROW LEVEL SECURITY;\n"
            f"CREATE POLICY router ON {self.name} TO stringee_router USING (true);\n"
            f"CREATE POLICY editor ON {self.name} TO stringee_editor USING (project_id = ANY ((SELECT my_projects())::bigint[]));\n"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {self.name} TO stringee_router, stringee_editor;\n"
        )


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def trigger(name, table, sql):
    """One that refuses, by a sentence."""
    head, body = re.split(r"\bBEGIN\b", sql, maxsplit=1)
    event = re.search(r"BEFORE (INSERT|DELETE|UPDATE OF [\w, ]+?) ON", head).group(1)
    when = re.search(r"\bWHEN (.*)$", head, re.S)
    row = "OLD" if event == "DELETE" else "NEW"
    refusals = []
    for found in re.finditer(r"SELECT RAISE\(ABORT, ('(?:[^']|'')*')\)\s*(?:WHERE (.*?))?;", body, re.S):
        said = found.group(2) or when.group(1)
        said = condition(said)
        said = re.sub(r"(FROM \w+ WHERE )", rf"\1project_id = {row}.project_id AND ", said)
        refusals.append(f"  IF {said} THEN\n    PERFORM must({found.group(1)});\n  END IF;")
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = stringee, pg_temp AS $$\n"
        f"BEGIN\n" + "\n".join(refusals) + f"\n  RETURN {row};\nEND $$;\n"
    )
    return event, function


def renamed(tables, table, sql):
    """What follows a new id and is no foreign key."""
    for found in re.finditer(r"UPDATE (\w+) SET (\w+) = NEW\.id WHERE (.*?);", sql):
        other, column, where = found.groups()
        if tables[other].columns[tables[other].names().index(column)].reference:
            continue
        yield (
            f"CREATE FUNCTION {table}_renamed_in_{other}() RETURNS trigger LANGUAGE plpgsql\n"
            f"SET search_path = stringee, pg_temp AS $$\nBEGIN\n"
            f"  UPDATE {other} SET {column} = NEW.id WHERE project_id = NEW.project_id AND {where};\n"
            f"  RETURN NULL;\nEND $$;\n"
            f"CREATE TRIGGER {table}_renamed_in_{other} AFTER UPDATE OF id ON {table}\n"
            f"  FOR EACH ROW WHEN (NEW.id IS DISTINCT FROM OLD.id) EXECUTE FUNCTION {table}_renamed_in_{other}();\n"
        )


def in_order(tables):
    """Those that others refer to come first."""
    done = []
    while tables:
        for table in tables:
            targets = {c.reference.group(1) for c in table.columns if c.reference} - {table.name}
            if targets <= {t.name for t in done}:
                done.append(table)
                tables = [t for t in tables if t is not table]
                break
    return done


def generate():
    sqlite = sqlite3.connect(":memory:", isolation_level=None)
    for path in sorted(glob.glob(os.path.join(HERE, "../sqlite/[0-9]*.sql"))):
        with open(path, encoding="utf-8") as file:
            sqlite.executescript(file.read())
    found = sqlite.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    tables = [
        Table(name, sql) for kind, name, _, sql in found if kind == "table" and name not in NOT_RULES
    ]
    tables = in_order(tables)
    version = sqlite.execute("PRAGMA user_version").fetchone()[0]
    out = [
        f"-- The rules, version {version} of the tables, for PostgreSQL 15 or later. Written by generate.py from the SQLite\n"
        f"-- migrations: change those, and run `migrations/postgres/generate.py --write`.\n"
    ]
    for table in tables:
        out.append(f"{'-' * (118 - len(table.name))} {table.name}\n{table.create()}")
        for kind, name, tbl, sql in found:
            if kind == "index" and tbl == table.name:
                out[-1] += sql.replace(f"ON {tbl} (", f"ON {tbl} (project_id, ") + ";\n"
        if any(column.is_id for column in table.columns):
            out.append(
                f"CREATE TRIGGER b_id BEFORE INSERT ON {table.name}\n"
                f"  FOR EACH ROW WHEN (NEW.id IS NULL) EXECUTE FUNCTION next_id();\n"
            )
        out.append(table.log())
        out.append(table.access())
    out.append(f"{'-' * 111} refusals\n")
    refusing = [
        (name, tbl, sql)
        for kind, name, tbl, sql in found
        if kind == "trigger" and "RAISE" in sql and tbl not in NOT_RULES
    ]
    named = {table.name: table for table in tables}
    for kind, name, tbl, sql in found:
        if kind == "trigger" and name.endswith("_renamed"):
            out.extend(renamed(named, tbl, sql))
    events = {}
    for name, tbl, sql in refusing:
        event, function = trigger(name, tbl, sql)
        # The triggers of inserts and updates refuse the same.
        once = re.sub(r"_(insert|update)$", "", name)
        if once not in events:
            out.append(function.replace(f"{name}()", f"{once}()"))
            events[once] = (tbl, [])
        elif function.split("BEGIN", 1)[1] not in "".join(out):
            sys.exit(f"{name} refuses something else than its twin")
        events[once][1].append(event)
    for name, (tbl, when) in events.items():
        out.append(
            f"CREATE TRIGGER {name} BEFORE {' OR '.join(when)} ON {tbl}\n"
            f"  FOR EACH ROW EXECUTE FUNCTION {name}();\n"
        )
    columns = [row[1] for row in sqlite.execute("PRAGMA table_info(settings)")]
    rows = sqlite.execute(f"SELECT {', '.join(columns)} FROM settings ORDER BY rowid").fetchall()
    values = ",\n    ".join(f"(p, {', '.join(literal(cell) for cell in row)})" for row in rows)
    out.append(
        f"{'-' * 107} a new project\n"
        "CREATE FUNCTION add_project(p bigint, called text) RETURNS void LANGUAGE sql\n"
        "SET search_path = stringee, pg_temp AS $$\n"
        "  INSERT INTO projects (id, name) VALUES (p, called);\n"
        f"  INSERT INTO settings (project_id, {', '.join(columns)}) VALUES\n    {values};\n"
        "$$;\n"
    )
    return "\n".join(out)


if __name__ == "__main__":
    text = generate()
    if "--write" in sys.argv[1:]:
        with open(os.path.join(HERE, "rules.sql"), "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
