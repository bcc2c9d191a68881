#!/bin/sh
# backup.sh HOME FILE.tar: writes the complete state of an installation to FILE.tar, also while the server runs.
#
# SQLite copies the ledger, so that the copy is consistent. Releases never change once they are written; the name of the
# current one is copied first, so that the copy is sure to contain that release.
set -eu
umask 077
home=$1
file=$2
python=${PYTHON:-/opt/opsc/bin/python}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home"

if [ -e "$home/ledger.sqlite3" ]; then
  "$python" - "$home/ledger.sqlite3" "$work/home/ledger.sqlite3" <<'PYTHON'
import sqlite3
import sys

source, copy = (sqlite3.connect(name) for name in sys.argv[1:])
source.backup(copy)
(state,) = copy.execute("PRAGMA integrity_check").fetchone()
copy.close()
sys.exit(0 if state == "ok" else f"the copy of the ledger is damaged: {state}")
PYTHON
fi
cp "$home/releases/current" "$work/current"
cp -R "$home/releases" "$work/home/releases"
mv "$work/current" "$work/home/releases/current"
if [ -e "$home/tokens" ]; then cp "$home/tokens" "$work/home/tokens"; fi

tar -cf "$file.partial" -C "$work/home" .
mv "$file.partial" "$file"
