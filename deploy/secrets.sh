#!/bin/sh
# Makes what compose.yaml reads from deploy/secrets/, and nothing that is there already. Needs openssl.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

secret() { [ -s "$1" ] || openssl rand -hex 32 | tr -d '\n' > "$1"; }
for login in public member officer reviewer worker owner admin; do secret "database_$login"; done
for name in secret_key valkey_password s3_secret_key backup_key; do secret "$name"; done
[ -s s3_access_key ] || printf jiebang > s3_access_key
[ -s s3.json ] || printf '{"identities":[{"name":"jiebang","credentials":[{"accessKey":"%s","secretKey":"%s"}],"actions":["Admin"]}]}' \
    "$(cat s3_access_key)" "$(cat s3_secret_key)" > s3.json

if [ ! -s database.crt ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=jiebang-ca -keyout ca.key -out ca.crt 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=database -keyout database.key -out database.csr 2>/dev/null
    printf 'subjectAltName=DNS:database\n' > database.ext
    openssl x509 -req -in database.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile database.ext -out database.crt 2>/dev/null
    rm -f database.csr database.ext ca.srl
fi
# The folder is closed; the files are read by the containers' own accounts.
chmod 700 .
chmod 644 ./*
chmod 600 ca.key
