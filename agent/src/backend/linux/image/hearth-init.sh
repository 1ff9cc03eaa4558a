#!/bin/sh
# The first process of builtin:web: runs the user data once, then serves the instance's id on port 80.
data=/var/lib/hearth
www=/var/www
id=$(cat "$data/instance-id" 2>/dev/null || hostname)

echo "hearth: $id starts"
[ -e "$www/index.html" ] || echo "$id" >"$www/index.html"
echo ok >"$www/health"

# As on EC2: only what starts with #! is run, and only at the first start.
if [ -f "$data/user-data" ] && [ ! -e "$data/user-data.done" ]; then
    if [ "$(head -c 2 "$data/user-data")" = '#!' ]; then
        cp "$data/user-data" "$data/user-data.run"
        chmod 700 "$data/user-data.run"
        echo "hearth: user data starts"
        "$data/user-data.run"
        echo "hearth: user data ended with $?"
    fi
    touch "$data/user-data.done"
fi

# As process 1 httpd would ignore SIGTERM and every stop would take the whole grace time.
trap 'echo "hearth: $id stops"; exit 0' TERM INT
httpd -f -p 80 -h "$www" &
echo "hearth: $id serves on port 80"
wait $!
echo "hearth: the web server ended with $?"
exit 1
