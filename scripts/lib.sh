#!/usr/bin/env bash
# What quickstart.sh, test.sh and .ci/run share: acting as the bench's user, MariaDB, Redis, and this checkout in a bench.
# Callers set CHECKOUT, and before anything that touches a bench also BENCH and BENCH_USER.

readonly APP=pipeline_ext
SUDO=(sudo "--preserve-env=http_proxy,https_proxy,no_proxy,SSL_CERT_FILE,PIP_CERT,NODE_EXTRA_CA_CERTS")

# The screen, also while a step's output goes to a log.
exec 3>&1

say() {
	printf '%s\n' "$*" >&3
}

# Of a progress bar, its last state.
flatten_progress() {
	sed 's/.*\r\(.\)/\1/'
}

have() {
	command -v "$1" >/dev/null 2>&1
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	else
		"${SUDO[@]}" "$@"
	fi
}

home_of() {
	getent passwd "$1" | cut -d: -f6
}

# as_bench_user FOLDER COMMAND...: keeps the caller's proxies and certificates, not its personal folders.
as_bench_user() {
	local folder=$1 home path=$PATH become=()
	shift
	home=$(home_of "$BENCH_USER")
	if [[ $(id -un) != "$BENCH_USER" ]]; then
		path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
		become=(as_root runuser -u "$BENCH_USER" --)
	fi
	"${become[@]}" env -u XDG_CACHE_HOME -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_RUNTIME_DIR \
		--chdir="$folder" HOME="$home" USER="$BENCH_USER" LOGNAME="$BENCH_USER" \
		PATH="$home/bench-env/bin:$home/.local/bin:$path" "$@"
}

# uv and Node bring their own list of authorities; a company's own is only in the system's.
trust_system_certificates() {
	local bundle=/etc/ssl/certs/ca-certificates.crt
	[[ -f $bundle ]] || return 0
	export SSL_CERT_FILE=${SSL_CERT_FILE:-$bundle}
	export PIP_CERT=${PIP_CERT:-$bundle}
	export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$bundle}
}

missing_packages() {
	local package
	for package in "$@"; do
		[[ $(dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null) == *" installed" ]] || echo "$package"
	done
}

install_packages() {
	as_root apt-get update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

port_answers() {
	(exec 4<>"/dev/tcp/$1/$2") 2>/dev/null
}

# wait_until SECONDS COMMAND...
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.5
	done
}

# site_answers SITE PORT: does a Frappe on this machine serve the site?
site_answers() {
	python3 - "$1" "$2" <<-'PYTHON' 2>/dev/null
		import http.client, sys
		site, port = sys.argv[1:]
		server = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
		server.request("GET", "/api/method/ping", headers={"Host": f"{site}:{port}"})
		sys.exit(b"pong" not in server.getresponse().read())
	PYTHON
}

# Two runs must not change one bench at the same time.
lock_bench() {
	exec 9<"$BENCH/sites"
	if ! flock --nonblock 9; then
		say "Another run is using $BENCH; waiting for it to end."
		flock --timeout 3600 9
	fi
}

# detached COMMAND...: what COMMAND leaves behind holds neither the screen nor the lock.
detached() {
	"$@" </dev/null >/dev/null 2>&1 3>&- 9<&-
}

# --- The bench ---------------------------------------------------------------

is_bench() {
	[[ -x $BENCH/env/bin/python && -d $BENCH/apps/frappe && -d $BENCH/sites ]]
}

# Frappe's own commands, as `bench` would run them.
frappe() {
	as_bench_user "$BENCH/sites" ../env/bin/python -m frappe.utils.bench_helper frappe "$@" </dev/null
}

# bench_config KEY [FILE]
bench_config() {
	as_bench_user "$BENCH/sites" python3 - "$1" "${2:-common_site_config.json}" <<-'PYTHON'
		import json, sys
		key, path = sys.argv[1:]
		print(json.load(open(path)).get(key, ""))
	PYTHON
}

app_is_on_site() {
	local apps
	apps=$(frappe --site "$2" list-apps) && grep -qE "^$1( |$)" <<<"$apps"
}

# --- MariaDB and Redis -------------------------------------------------------

database_host() {
	local host
	host=$(bench_config db_host)
	echo "${host:-127.0.0.1}"
}

database_port() {
	local port
	port=$(bench_config db_port)
	echo "${port:-3306}"
}

database_answers() {
	port_answers "$(database_host)" "$(database_port)"
}

run_mariadb() {
	if [[ -d /run/systemd/system ]]; then
		as_root systemctl start mariadb
	else
		as_root install -d -o mysql -g mysql /run/mysqld
		detached as_root setsid --fork mariadbd-safe --user=mysql
	fi
}

sql_as_root() {
	if [[ -n ${DB_ROOT_PASSWORD:-} ]]; then
		MYSQL_PWD=$DB_ROOT_PASSWORD mariadb --user=root --host=127.0.0.1 --skip-column-names --execute="$1"
	else
		as_root mariadb --user=root --skip-column-names --execute="$1"
	fi
}

database_login_works() {
	MYSQL_PWD=$2 mariadb --user="$1" --host="$(database_host)" --port="$(database_port)" --execute="SELECT 1" \
		>/dev/null 2>&1
}

# An account of the bench's own that may create databases; the system's root account stays as it is.
create_database_admin() {
	local login password
	login=pipeline_bench_$(cksum <<<"$BENCH" | cut -d' ' -f1)
	password=p$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	sql_as_root "
		CREATE OR REPLACE USER '$login'@'localhost' IDENTIFIED BY '$password';
		GRANT ALL PRIVILEGES ON *.* TO '$login'@'localhost' WITH GRANT OPTION;" || return
	frappe set-config --global root_login "$login"
	frappe set-config --global root_password "$password"
	as_bench_user "$BENCH/sites" chmod o-rwx common_site_config.json
}

# Sets DATABASE_LOGIN: the options that let `new-site` create a database.
# shellcheck disable=SC2034  # the callers read it
find_database_login() {
	local login password
	if [[ -n ${DB_ROOT_PASSWORD:-} ]]; then
		DATABASE_LOGIN=(--db-root-username root --db-root-password "$DB_ROOT_PASSWORD")
		return
	fi
	login=$(bench_config root_login)
	password=$(bench_config root_password)
	if [[ -z $password ]] || ! database_login_works "${login:-root}" "$password"; then
		create_database_admin || return
		login=$(bench_config root_login)
	fi
	DATABASE_LOGIN=(--db-root-username "${login:-root}")
}

# redis_port redis_cache|redis_queue
redis_port() {
	local url
	url=$(bench_config "$1")
	url=${url%/}
	echo "${url##*:}"
}

start_redis() {
	local name port
	for name in redis_cache redis_queue; do
		port=$(redis_port "$name")
		port_answers 127.0.0.1 "$port" && continue
		detached as_bench_user "$BENCH" redis-server "config/$name.conf" --daemonize yes || return
		wait_until 20 port_answers 127.0.0.1 "$port" || return
	done
}

# Only servers that run from this bench's configuration.
stop_redis() {
	local name port
	for name in redis_cache redis_queue; do
		port=$(redis_port "$name")
		if [[ $(redis-cli -p "$port" config get dir 2>/dev/null | tail -n 1) == "$BENCH/config/pids" ]]; then
			redis-cli -p "$port" shutdown nosave
		fi
	done
}

# --- This checkout in the bench ----------------------------------------------

# git refuses a checkout that belongs to somebody else, which is what root often has here.
checkout_git() {
	git -c safe.directory="$CHECKOUT" -C "$CHECKOUT" "$@"
}

bench_user_can_read_checkout() {
	local unreadable
	unreadable=$(as_bench_user / find "$CHECKOUT"/{pipeline_ext,tests,pyproject.toml} ! -readable -print -quit 2>&1)
	[[ -z $unreadable ]]
}

copy_checkout() {
	local copy=$1
	as_bench_user "$BENCH" rm -rf "$copy"
	as_bench_user "$BENCH" mkdir "$copy"
	(
		cd "$CHECKOUT" || exit
		checkout_git ls-files -z --cached --others --exclude-standard |
			while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
			tar --create --null --files-from=- --file=-
	) | as_bench_user "$copy" tar --extract --no-same-owner --no-same-permissions --file=-
}

# Sets SOURCE: this checkout, or a copy of it where it lies in a folder closed to the bench's user.
find_source() {
	SOURCE=$CHECKOUT
	bench_user_can_read_checkout && return
	SOURCE=$BENCH/$APP-checkout
	say "    $BENCH_USER cannot read $CHECKOUT: using a copy, $SOURCE"
	copy_checkout "$SOURCE"
}

app_source() {
	readlink --canonicalize "$BENCH/apps/$APP"
}

# A folder that is neither a link nor this checkout is somebody's work and is left alone.
app_folder_is_free() {
	local folder=$BENCH/apps/$APP
	[[ ! -e $folder || -L $folder || $(app_source) == "$CHECKOUT" ]]
}

app_is_in_env() {
	as_bench_user "$BENCH/sites" ../env/bin/python - "$SOURCE" "$@" <<-'PYTHON' 2>/dev/null
		import importlib.metadata, importlib.util, pathlib, sys
		source, *modules = sys.argv[1:]
		importlib.metadata.distribution("pipeline_ext")
		found = pathlib.Path(importlib.util.find_spec("pipeline_ext").origin).resolve()
		assert found.parent.parent == pathlib.Path(source).resolve()
		assert all(importlib.util.find_spec(module) for module in modules)
	PYTHON
}

list_app_once() {
	local list=$BENCH/sites/apps.txt
	[[ $(grep -c "^$APP$" "$list") == 1 ]] && return
	# shellcheck disable=SC2016  # expands in the inner shell
	as_bench_user "$BENCH/sites" bash -c '
		others=$(grep -v "^$1$" apps.txt)
		printf "%s\n%s\n" "$others" "$1" >apps.txt' _ "$APP"
}

assets_are_linked() {
	[[ ! -d $SOURCE/$APP/public ]] ||
		[[ $(readlink --canonicalize "$BENCH/sites/assets/$APP") == "$SOURCE/$APP/public" ]]
}

# install_source [EXTRA MODULE...]: what `bench get-app` does, for SOURCE; EXTRA of pyproject.toml brings the modules.
install_source() {
	local extra=${1:-} link=$BENCH/apps/$APP
	if [[ $(app_source) != "$SOURCE" ]]; then
		[[ ! -L $link ]] || say "    apps/$APP was a link to $(readlink "$link"); it now leads to $SOURCE"
		as_bench_user "$BENCH/apps" ln --symbolic --force --no-dereference "$SOURCE" "$APP" || return
	fi
	if ! app_is_in_env "${@:2}"; then
		as_bench_user "$BENCH" env/bin/python -m pip install --editable "apps/$APP${extra:+[$extra]}" || return
	fi
	list_app_once
	assets_are_linked || frappe build --app "$APP"
}
