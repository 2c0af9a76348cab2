#!/usr/bin/env python3
"""Writes which crates are linked into the program: a CycloneDX file, and the text of each one's licence.

usage: packaging/dependencies.py VERSION BOM.cdx.json THIRD-PARTY.txt

cargo knows all of it. The tools that write such a file would have to be built first, which takes minutes.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

version, bom_file, licences_file = sys.argv[1:]


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


host = next(line.split()[1] for line in cargo("-vV").splitlines() if line.startswith("host:"))
metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", host))


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


packages = {package["id"]: package for package in metadata["packages"]}
edges = {
    node["id"]: [
        edge["pkg"]
        for edge in node["deps"]
        # Neither what only builds nor what only tests is linked in, nor what the compiler runs.
        if any(kind["kind"] is None for kind in edge["dep_kinds"]) and not is_macro(packages[edge["pkg"]])
    ]
    for node in metadata["resolve"]["nodes"]
}
root = next(identity for identity, package in packages.items() if package["name"] == "stringee-router")
linked, left = set(), [root]
while left:
    identity = left.pop()
    if identity not in linked:
        linked.add(identity)
        left += edges[identity]


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def licence_texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    names = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")
    files = sorted(file for file in folder.iterdir() if file.name.upper().startswith(names) and file.is_file())
    return [file.read_text(errors="replace").strip() for file in files]


ours = {identity for identity in linked if packages[identity]["source"] is None}
foreign = sorted((packages[identity] for identity in linked - ours), key=lambda package: (package["name"], package["version"]))
nobody_says = [package["name"] for package in foreign if not package["license"]]
if nobody_says:
    sys.exit(f"no licence is named by {nobody_says}")

components = []
for package in foreign:
    component = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        "licenses": [{"expression": package["license"].replace("/", " OR ")}],
    }
    if package["repository"]:
        component["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    components.append(component)
bom = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "metadata": {
        "component": {
            "type": "application",
            "bom-ref": "stringee-router",
            "name": "stringee-router",
            "version": version,
            "licenses": [{"expression": packages[root]["license"]}],
        }
    },
    "components": components,
    "dependencies": [
        {
            "ref": "stringee-router",
            "dependsOn": sorted({purl(packages[to]) for our in ours for to in edges[our] if to not in ours}),
        }
    ]
    + [
        {"ref": purl(package), "dependsOn": sorted(purl(packages[to]) for to in edges[package["id"]])} for package in foreign
    ],
}
pathlib.Path(bom_file).write_text(json.dumps(bom, indent=1) + "\n")

# A text that many crates share stands there once.
texts = {}
for package in foreign:
    for text in licence_texts(package):
        key = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
        texts.setdefault(key, (text, []))[1].append(f"{package['name']} {package['version']}")
with open(licences_file, "w") as out:
    out.write("stringee-router contains these crates, under these licences.\n\n")
    for package in foreign:
        out.write(f"{package['name']} {package['version']}: {package['license']}\n")
    for text, names in texts.values():
        out.write(f"\n{'=' * 80}\n{', '.join(names)}\n{'=' * 80}\n\n{text}\n")
