#!/usr/bin/env bash
# From a clean Debian or Ubuntu to ERPNext with Pipeline Ext and demo data in the browser. Run again, it goes on where it stopped.
set -euo pipefail

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
source "$CHECKOUT/scripts/lib.sh"

readonly SITE=${SITE:-pipeline.localhost}
UPSTREAM=${UPSTREAM:-https://github.com/frappe}
readonly UPSTREAM=${UPSTREAM%/}
readonly BRANCH=version-15
readonly PACKAGES=(build-essential ca-certificates git libpango-1.0-0 libpangoft2-1.0-0 libffi-dev mariadb-client
	mariadb-server pkg-config procps python3 python3-dev python3-venv redis-server redis-tools)

LOG=$(mktemp -t pipeline-ext-quickstart.XXXXXX.log)
readonly LOG
STEP=     # the step under way, and what helps where it fails
REMEDY=

usage() {
	cat <<-'TEXT'
		bash scripts/quickstart.sh          set everything up, load the demo, start it
		bash scripts/quickstart.sh --stop   stop web, worker, scheduler and Redis of the bench

		Run it as root, or as a user with sudo. Variables:
		  BENCH             the bench's folder (~/frappe-bench of the bench's user)
		  BENCH_USER        who owns the bench; when run as root: frappe, created if missing
		  SITE, PORT        pipeline.localhost, 8000
		  UPSTREAM          where frappe and erpnext are cloned from (https://github.com/frappe), or a mirror of it
		  ADMIN_PASSWORD    of the site's Administrator (random)
		  DB_ROOT_PASSWORD  where MariaDB's root does not log in through the socket
	TEXT
}

# --- Steps -------------------------------------------------------------------

# step TITLE REMEDY COMMAND...: output goes to the log; a failure ends the run and is explained by `explain_failure`.
step() {
	STEP=$1 REMEDY=$2
	say "==> $STEP"
	"${@:3}" >>"$LOG" 2>&1
	STEP=
}

already() {
	say "    already there${1:+: $1}"
}

stop_with() {
	printf '\nStopped: %s\n' "$1" >&3
	[[ -z ${2:-} ]] || say "What helps: $2"
	exit 1
}

explain_failure() {
	local status=$?
	[[ -n $STEP ]] || return 0
	flatten_progress <"$LOG" | tail -n 15 | sed 's/^/    | /' >&3
	printf '\nFailed (%d) at the step: %s\n' "$status" "$STEP" >&3
	say "Log:        $LOG"
	say "What helps: $REMEDY"
	say "Then run this again; it goes on from here."
}

# Half-made things are known by a file, so that a second run makes them anew instead of trusting them.
unfinished() {
	[[ -e $STATE/unfinished-$1 ]]
}

begin() {
	as_bench_user / mkdir --parents --mode=700 "$STATE"
	as_bench_user / touch "$STATE/unfinished-$1"
}

finish() {
	as_bench_user / rm "$STATE/unfinished-$1"
}

# --- The machine -------------------------------------------------------------

install_missing_packages() {
	local missing
	mapfile -t missing < <(missing_packages "${PACKAGES[@]}")
	have node || missing+=(nodejs)
	have npm || missing+=(npm)
	[[ " ${missing[*]} " != *" mariadb-server "* ]] || write_mariadb_settings
	if ((${#missing[@]} == 0)); then
		already
		return
	fi
	say "    ${missing[*]}"
	install_packages "${missing[@]}"
}

npm_install_global() {
	if [[ -w $(npm prefix --global)/lib ]]; then
		npm install --global "$@"
	else
		as_root env PATH="$PATH" npm install --global "$@"
	fi
	hash -r
}

node_is_new_enough() {
	node --eval 'process.exit(+(process.versions.node.split(".")[0] < 18))'
}

# Where the distribution's Node is too old for Frappe, the npm registry has newer ones as a package. The distribution's
# npm works with the distribution's Node only, so a newer one, which wants the newer Node, is forced in together with it.
prepare_node() {
	node_is_new_enough || npm_install_global --force --allow-scripts=node node@20 npm@10
	[[ $(yarn --version 2>/dev/null) == 1.* ]] || npm_install_global yarn@1.22.22
	say "    Node $(node --version), yarn $(yarn --version)"
}

create_bench_user() {
	if id "$BENCH_USER" >/dev/null 2>&1; then
		already
		return
	fi
	as_root useradd --create-home --shell /bin/bash "$BENCH_USER"
}

write_mariadb_settings() {
	local folder=/etc/mysql/mariadb.conf.d
	as_root mkdir --parents "$folder"
	as_root tee "$folder/99-frappe.cnf" <<-'CNF'
		[mysqld]
		character-set-client-handshake = FALSE
		character-set-server = utf8mb4
		collation-server = utf8mb4_unicode_ci

		[mysql]
		default-character-set = utf8mb4
	CNF
}

# A server that already serves others takes the settings over without a restart.
prepare_mariadb() {
	local collation
	if port_answers 127.0.0.1 3306; then
		already "it runs"
	else
		run_mariadb
		wait_until 90 port_answers 127.0.0.1 3306
	fi
	collation=$(sql_as_root "SELECT @@collation_server")
	if [[ $collation != utf8mb4_unicode_ci ]]; then
		write_mariadb_settings
		sql_as_root "SET GLOBAL character_set_server = utf8mb4, GLOBAL collation_server = utf8mb4_unicode_ci"
	fi
}

# --- The bench ---------------------------------------------------------------

install_bench_command() {
	local home
	home=$(home_of "$BENCH_USER")
	if as_bench_user "$home" bash -c '[[ -x bench-env/bin/bench && -x bench-env/bin/uv ]]'; then
		already
		return
	fi
	as_bench_user "$home" python3 -m venv bench-env
	as_bench_user "$home" bench-env/bin/python -m pip install frappe-bench uv
}

bench() {
	as_bench_user "$BENCH" bench "$@" </dev/null
}

bench_exists() {
	is_bench && ! unfinished bench
}

make_bench() {
	if bench_exists; then
		already "$BENCH"
		return
	fi
	if unfinished bench; then
		say "    making anew what an earlier run left half-made"
		as_bench_user / rm -rf "$BENCH"
	fi
	begin bench
	as_bench_user / mkdir --parents "${BENCH%/*}"
	as_bench_user "${BENCH%/*}" bench init --frappe-path "$UPSTREAM/frappe" --frappe-branch "$BRANCH" \
		--skip-assets --no-backups "$BENCH" </dev/null
	# Frappe 15 imports pkg_resources, which newer setuptools no longer have.
	as_bench_user "$BENCH" uv pip install --python env/bin/python "setuptools<81"
	choose_free_ports
	finish bench
}

free_port_from() {
	local port=$1
	while port_answers 127.0.0.1 "$port"; do
		port=$((port + 1))
	done
	echo "$port"
}

# set_redis_port SERVER KEY...: the port of SERVER, or the next that is free, under each KEY.
set_redis_port() {
	local port name
	port=$(free_port_from "$(redis_port "$1")")
	shift
	for name in "$@"; do
		frappe set-config --global "$name" "redis://127.0.0.1:$port"
	done
}

# bench looks only at the benches beside this one; anything else may hold its ports as well.
choose_free_ports() {
	set_redis_port redis_cache redis_cache redis_socketio
	set_redis_port redis_queue redis_queue
	frappe set-config --global --parse socketio_port "$(free_port_from "$(bench_config socketio_port)")"
	frappe set-config --global --parse developer_mode 0
	bench setup redis
	set_web_port
}

# The Procfile without `watch`, which rebuilds assets for developers.
set_web_port() {
	frappe set-config --global --parse webserver_port "$PORT"
	as_bench_user "$BENCH" rm --force Procfile
	bench setup procfile
	as_bench_user "$BENCH" sed --in-place '/^watch:/d' Procfile
}

settle_web_port() {
	if [[ $(bench_config webserver_port) == "$PORT" ]]; then
		already
	else
		set_web_port
	fi
}

get_erpnext() {
	if [[ -d $BENCH/apps/erpnext ]] && grep -qx erpnext "$BENCH/sites/apps.txt" && ! unfinished erpnext; then
		already
		return
	fi
	begin erpnext
	bench get-app --overwrite --skip-assets --branch "$BRANCH" "$UPSTREAM/erpnext"
	finish erpnext
}

link_checkout() {
	app_folder_is_free
	find_source
	install_source ""
}

build_assets() {
	if grep -qs erpnext.bundle "$BENCH/sites/assets/assets.json"; then
		already
		return
	fi
	frappe build
}

# --- The site ----------------------------------------------------------------

make_site() {
	local mark=site-$SITE password=${ADMIN_PASSWORD:-}
	if [[ -d $BENCH/sites/$SITE ]] && ! unfinished "$mark"; then
		already
		return
	fi
	find_database_login
	begin "$mark"
	as_bench_user / rm --force "$LOGINS"
	password=${password:-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')}
	frappe new-site "$SITE" --force "${DATABASE_LOGIN[@]}" --admin-password "$password" --install-app erpnext
	keep_logins "Administrator  $password"
	[[ -n $(bench_config default_site) ]] || frappe use "$SITE"
	finish "$mark"
}

install_on_site() {
	if app_is_on_site "$APP" "$SITE"; then
		frappe --site "$SITE" migrate
	else
		frappe --site "$SITE" install-app "$APP"
	fi
}

# Passwords are shown by the command that sets them and never again; the bench's user finds them here.
keep_logins() {
	as_bench_user / tee --append "$LOGINS" <<<"$1"
}

load_demo() {
	local mark=demo-$SITE output
	if [[ -e $STATE/$mark ]]; then
		already
		return
	fi
	if unfinished "$mark"; then
		say "    clearing what an earlier run left half-made"
		frappe --site "$SITE" clear-pipeline-demo || say "    there was nothing to clear"
	fi
	begin "$mark"
	output=$(PYTHONUNBUFFERED=1 frappe --site "$SITE" load-pipeline-demo 2>&1 | tee --append "$LOG" >(cat >&3))
	keep_logins "$(flatten_progress <<<"$output" | grep --invert-match "%$")"
	as_bench_user / touch "$STATE/$mark"
	finish "$mark"
}

# --- Running -----------------------------------------------------------------

bench_pid() {
	local pid
	pid=$(cat "$STATE/pid" 2>/dev/null) && grep -qs honcho "/proc/$pid/cmdline" && echo "$pid"
}

# `bench start` brings its own Redis, so the one that served the setup makes room.
start_bench() {
	if [[ -n $(bench_pid) ]] || site_answers "$SITE" "$PORT"; then
		already "it runs"
	else
		stop_redis
		# shellcheck disable=SC2016  # expands in the inner shell
		detached as_bench_user "$BENCH" setsid --fork \
			bash -c 'echo $$ >"$1" && exec bench start >logs/quickstart.log 2>&1' _ "$STATE/pid"
	fi
	wait_until 180 site_answers "$SITE" "$PORT"
}

with_descendants() {
	local child
	echo "$1"
	for child in $(pgrep --parent "$1"); do
		with_descendants "$child"
	done
}

none_runs() {
	local pid
	for pid in "$@"; do
		! grep -qs . "/proc/$pid/cmdline" || return 1
	done
}

# A worker finishes its job before it ends, unless it is told twice.
stop_bench() {
	local pid processes
	is_bench || stop_with "there is no bench at $BENCH" "BENCH=/path/to/bench bash scripts/quickstart.sh --stop"
	pid=$(bench_pid) || stop_with "nothing that quickstart started runs on $BENCH"
	mapfile -t processes < <(with_descendants "$pid")
	kill "$pid"
	if ! wait_until 20 none_runs "${processes[@]}"; then
		kill "${processes[@]}" 2>/dev/null || true
		wait_until 10 none_runs "${processes[@]}" || kill -KILL "${processes[@]}" 2>/dev/null || true
	fi
	stop_redis
	say "Stopped. MariaDB is left running."
}

print_logins() {
	say ""
	say "ERPNext with Pipeline Ext: http://$SITE:$PORT"
	say "Logins (kept in $LOGINS):"
	if [[ -e $LOGINS ]]; then
		sed 's/^/    /' "$LOGINS" >&3
	else
		say "    those that the site already had"
	fi
	say "Log:     $BENCH/logs/quickstart.log"
	say "Stop:    bash scripts/quickstart.sh --stop"
	say "Restart: bash scripts/quickstart.sh"
}

# --- Without upstream --------------------------------------------------------

upstream_answers() {
	have git || install_packages git ca-certificates >>"$LOG" 2>&1 || return
	GIT_TERMINAL_PROMPT=0 timeout 60 git ls-remote --exit-code "$UPSTREAM/frappe" "refs/heads/$BRANCH" >>"$LOG" 2>&1
}

make_demo_env() {
	python3 -c "import ensurepip" || install_packages python3-venv || return
	python3 -m venv "$CHECKOUT/.venv" && "$CHECKOUT/.venv/bin/python" -m pip install "$CHECKOUT"
}

demo_without_bench() {
	local page=$HOME/pipeline-demo.html
	say "Frappe cannot be cloned from $UPSTREAM here, and there is no bench at $BENCH."
	say "So there will be no ERPNext and nothing to log in to. git said:"
	tail -n 2 "$LOG" | sed 's/^/    | /' >&3
	say "Instead, the same decisions on a bundled synthetic export, without ERPNext:"
	say "==> pipeline-ext in $CHECKOUT/.venv"
	if make_demo_env >>"$LOG" 2>&1; then
		"$CHECKOUT/.venv/bin/pipeline-ext" demo --output "$page"
	else
		say "    pip could not install it (see $LOG); running it from the checkout"
		PYTHONPATH=$CHECKOUT python3 -m pipeline_ext.cli demo --output "$page"
	fi
	say ""
	say "That was the demo without ERPNext. For the real one, run this again where $UPSTREAM can be reached,"
	say "or name a mirror of it:  UPSTREAM=https://git.example.com/frappe bash scripts/quickstart.sh"
}

# --- Main --------------------------------------------------------------------

# Sets BENCH_USER, BENCH and what follows from them.
settle_bench() {
	local home
	if [[ -z ${BENCH_USER:-} && -n ${BENCH:-} && -d $BENCH ]]; then
		BENCH_USER=$(stat --format=%U "$BENCH")
	fi
	if [[ -z ${BENCH_USER:-} ]]; then
		BENCH_USER=$(id -un)
		((EUID != 0)) || BENCH_USER=frappe
	fi
	[[ $BENCH_USER != root ]] || stop_with "bench does not work as root" "BENCH_USER=frappe bash scripts/quickstart.sh"
	home=$(home_of "$BENCH_USER") || home=/home/$BENCH_USER
	BENCH=$(readlink --canonicalize-missing "${BENCH:-${home:-/home/$BENCH_USER}/frappe-bench}")
	STATE=$BENCH.quickstart
	LOGINS=$STATE/logins-$SITE
}

settle_port() {
	if [[ -z ${PORT:-} ]] && bench_exists; then
		PORT=$(bench_config webserver_port)
	fi
	PORT=${PORT:-8000}
}

refuse_what_cannot_work() {
	have apt-get || stop_with "this needs Debian 12 or Ubuntu 22.04 or 24.04 (there is no apt-get)" \
		"docs on https://docs.frappe.io for your system, then: bench get-app $CHECKOUT"
	((EUID == 0)) || have sudo || stop_with "you are not root and there is no sudo" "run it as root"
	if [[ -d $BENCH && -n $(ls -A "$BENCH") ]] && ! is_bench && ! unfinished bench; then
		stop_with "$BENCH is there and is not a bench" "BENCH=/another/folder bash scripts/quickstart.sh"
	fi
	if port_answers 127.0.0.1 "$PORT" && ! { bench_exists && site_answers "$SITE" "$PORT"; }; then
		stop_with "port $PORT is taken by another program" "PORT=$(free_port_from "$PORT") bash scripts/quickstart.sh"
	fi
}

set_up() {
	local again="bash scripts/quickstart.sh"
	step "Packages of the distribution" "sudo apt-get update, and a package mirror that can be reached" \
		install_missing_packages
	step "Node 18 or newer, and yarn 1" "npm must reach its registry: npm ping" prepare_node
	step "User $BENCH_USER" "sudo useradd --create-home $BENCH_USER" create_bench_user
	step "MariaDB" "sudo systemctl status mariadb; sudo mariadb must log in as root (or start: sudo mariadbd-safe)" \
		prepare_mariadb
	step "The bench command" "pip must reach its package index; is ~$BENCH_USER writable?" install_bench_command
	step "Bench with frappe $BRANCH from $UPSTREAM (minutes)" \
		"read the log's last lines; network, disk and 4 GB of memory are the usual causes" make_bench
	lock_bench || stop_with "another run has held the bench for an hour"
	step "Web port $PORT" "rm $BENCH/Procfile && $again" settle_web_port
	step "erpnext $BRANCH from $UPSTREAM (minutes)" "read the log's last lines; is $UPSTREAM/erpnext reachable?" \
		get_erpnext
	step "Assets (minutes)" "read the log's last lines; Node needs about 2 GB of memory" build_assets
	step "This checkout as apps/$APP" "if $BENCH/apps/$APP is a folder of your own, move it away; else read the log" \
		link_checkout
	step "Redis" "are its ports in $BENCH/sites/common_site_config.json free?" start_redis
	step "Site $SITE with ERPNext (minutes)" "if MariaDB's root has a password: DB_ROOT_PASSWORD=... $again" make_site
	step "Pipeline Ext on $SITE" "read the log's last lines" install_on_site
	step "Demo data (minutes)" "read the log's last lines" load_demo
	step "Web, worker and scheduler: bench start" "read $BENCH/logs/quickstart.log" start_bench
	print_logins
}

main() {
	settle_bench
	case ${1:-} in
	"") ;;
	--stop)
		stop_bench
		return
		;;
	*)
		usage
		[[ $1 == --help ]] && exit 0 || exit 2
		;;
	esac
	settle_port
	refuse_what_cannot_work
	trap explain_failure EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trust_system_certificates
	if ! bench_exists && ! upstream_answers; then
		demo_without_bench
		return
	fi
	say "Bench $BENCH, site $SITE, log $LOG"
	set_up
}

main "$@"
