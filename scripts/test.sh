#!/usr/bin/env bash
# Lint and the three tiers of tests, each wherever it can run; a table at the end says what ran and what did not, and why.
set -euo pipefail

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/lib.sh
source "$CHECKOUT/scripts/lib.sh"

readonly TEST_SITE=${TEST_SITE:-pipeline-ext-test.localhost}
readonly ERPNEXT_SITE=${ERPNEXT_SITE:-pipeline-ext-erpnext.localhost}
readonly ERPNEXT_APP_SITE=${ERPNEXT_APP_SITE:-pipeline-ext-erpnext-app.localhost}
readonly ERPNEXT_DOCTYPES=(Quotation Lead Opportunity)  # Quotation's test records bring Opportunity's exchange rate
readonly ADMIN_PASSWORD=pipeline-ext-test
readonly SITE_MARK=made_by_pipeline_ext_tests
readonly ENV=$CHECKOUT/.test-venv
SUDO+=(--non-interactive)

WORK=$(mktemp -d -t pipeline-ext-test.XXXXXX)
readonly LOG=$WORK/log
readonly SEPARATOR=$'\x1f'
ROWS=()          # one per tier: tier, status, passed, failed, skipped, reason, command
REASON=          # of the last `require` that failed, with the command that changes it
COMMAND=
SERVER=          # the process group of the browser tier's web server
FORMER_SOURCE=   # the checkout that the bench used before these tests

usage() {
	cat <<-'TEXT'
		bash scripts/test.sh [--tier domain|site|browser]

		domain   ruff, then tests/domain in .test-venv; needs no bench
		site     tests/site on a real site of the bench; then ERPNext's own tests of Lead, Opportunity and
		         Quotation on two more sites, with this app and without: the row "erpnext" counts those that
		         give the same result as passed
		browser  tests/browser in Chromium against that site

		Variables:
		  BENCH             the bench's folder (~/frappe-bench, else /home/frappe/frappe-bench)
		  TEST_SITE         pipeline-ext-test.localhost
		  ERPNEXT_SITE      pipeline-ext-erpnext.localhost, with ERPNext alone
		  ERPNEXT_APP_SITE  pipeline-ext-erpnext-app.localhost, with ERPNext and this app
		  FRESH_SITE        when set, these sites are made anew
		  CHROMIUM          the browser's program
		  DB_ROOT_PASSWORD  where MariaDB's root does not log in through the socket
	TEXT
}

# --- Outcomes ----------------------------------------------------------------

record() {
	local IFS=$SEPARATOR
	ROWS+=("$*")
}

not_run() {
	show_log
	record "$1" "not run" 0 0 0 "$REASON" "$COMMAND"
}

could_not_prepare() {
	show_log
	record "$1" failed 0 1 0 "$REASON" "$COMMAND"
}

# The end of the log, where REASON sends the reader to it.
show_log() {
	[[ $REASON != *"$LOG"* ]] || flatten_progress <"$LOG" | tail -n 20
}

# status_of FAILED
status_of() {
	(($1 == 0)) && echo passed || echo failed
}

# require REASON COMMAND CHECK...: where CHECK fails, REASON is why a tier is not run and COMMAND changes that.
require() {
	REASON=$1 COMMAND=$2
	"${@:3}" >>"$LOG" 2>&1
}

# Prints passed, failed and skipped of a JUnit file.
count_results() {
	python3 - "$1" <<-'PYTHON'
		import sys, xml.etree.ElementTree as ElementTree
		cases = list(ElementTree.parse(sys.argv[1]).iter("testcase"))
		failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
		skipped = sum(case.find("skipped") is not None for case in cases)
		print(len(cases) - failed - skipped, failed, skipped)
	PYTHON
}

# run_tests TIER COMMAND...: pytest with a JUnit file, its counts recorded.
run_tests() {
	local tier=$1 results=$WORK/$1.xml status=0 passed=0 failed=0 skipped=0 reason=""
	shift
	"$@" --junitxml="$results" || status=$?
	if [[ -f $results ]]; then
		read -r passed failed skipped < <(count_results "$results")
	fi
	if ((passed + failed == 0)); then
		failed=1 reason="ran no test (pytest ended with $status)"
	elif ((status != 0 && failed == 0)); then
		failed=1 reason="pytest ended with $status"
	fi
	record "$tier" "$(status_of "$failed")" "$passed" "$failed" "$skipped" "$reason" ""
}

# --- Domain ------------------------------------------------------------------

# Sets PYTHON to the newest that can make a virtual environment.
find_python() {
	for PYTHON in python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
		"$PYTHON" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && return
	done
	return 1
}

# The stamp names the checkout, because a virtual environment does not survive being moved.
env_is_current() {
	local stamp=$ENV/.checkout
	[[ -f $stamp && $stamp -nt $CHECKOUT/pyproject.toml && $(<"$stamp") == "$CHECKOUT" ]] && "$ENV/bin/python" -c ""
}

make_env() {
	env_is_current && return
	say "==> Virtual environment .test-venv ($PYTHON)"
	"$PYTHON" -m venv --clear "$ENV" &&
		"$ENV/bin/python" -m pip install --editable "${CHECKOUT}[test]" &&
		echo "$CHECKOUT" >"$ENV/.checkout"
}

prepare_env() {
	require "no Python 3.10 or newer that can make a virtual environment" "sudo apt-get install python3-venv" \
		find_python || return
	require "its packages could not be installed, see $LOG" "$PYTHON -m pip download pytest  # must reach a package index" \
		make_env || return
}

lint() {
	local passed=0 failed=0
	if "$ENV/bin/ruff" check .; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	if "$ENV/bin/ruff" format --check .; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	record lint "$(status_of "$failed")" "$passed" "$failed" 0 "" ""
}

domain_tier() {
	if ! prepare_env; then
		not_run lint
		not_run domain
		return
	fi
	say "==> Lint"
	lint
	say "==> tests/domain"
	run_tests domain "$ENV/bin/python" -m pytest tests/domain
}

# --- The bench and its test site ---------------------------------------------

find_bench() {
	local candidate candidates=("$HOME/frappe-bench" /home/frappe/frappe-bench)
	[[ -z ${BENCH:-} ]] || candidates=("$BENCH")
	for candidate in "${candidates[@]}"; do
		BENCH=$(readlink --canonicalize-missing "$candidate")
		is_bench && BENCH_USER=$(stat --format=%U "$BENCH") && return
	done
	return 1
}

may_act_as_bench_user() {
	((EUID == 0)) || [[ $(id -un) == "$BENCH_USER" ]]
}

bench_has_erpnext() {
	grep -qx erpnext "$BENCH/sites/apps.txt"
}

start_mariadb() {
	database_answers && return
	[[ $(database_host) =~ ^(127\.0\.0\.1|localhost)$ ]] || return
	say "==> MariaDB"
	run_mariadb && wait_until 90 database_answers
}

# site_is_made SITE: by these tests, and to the end.
site_is_made() {
	[[ -n $(bench_config "$SITE_MARK" "$1/site_config.json" 2>/dev/null) ]]
}

site_is_kept() {
	site_is_made "$1" && [[ -z ${FRESH_SITE:-} ]]
}

# A site of that name which this script neither made nor began to make is somebody's data.
site_is_free() {
	site_is_made "$1" || [[ ! -e $BENCH/sites/$1 || -e $BENCH/sites/.$1.unfinished ]]
}

# make_site SITE [COMMAND...]: COMMAND is what else the site needs before it counts as made.
make_site() {
	local site=$1 unfinished=.$1.unfinished setting
	site_is_kept "$site" && return
	say "==> Site $site, made once (minutes)"
	as_bench_user "$BENCH/sites" touch "$unfinished"
	frappe new-site "$site" --force "${DATABASE_LOGIN[@]}" --admin-password "$ADMIN_PASSWORD" \
		--install-app erpnext || return
	for setting in allow_tests mute_emails pause_scheduler; do
		frappe --site "$site" set-config --parse "$setting" 1 || return
	done
	frappe --site "$site" set-config --parse developer_mode 0 || return
	"${@:2}" || return
	frappe --site "$site" set-config --parse "$SITE_MARK" 1 && as_bench_user "$BENCH/sites" rm "$unfinished"
}

# update_app SITE
update_app() {
	if app_is_on_site "$APP" "$1"; then
		frappe --site "$1" migrate
	else
		frappe --site "$1" install-app --force "$APP"  # a failed attempt leaves half of it behind
	fi
}

find_database_login_for() {
	site_is_kept "$1" || find_database_login
}

# prepare_site VARIABLE [COMMAND...]: the site that VARIABLE names exists and is these tests' own; COMMAND as for make_site.
prepare_site() {
	local variable=$1 site=${!1} again="BENCH=$BENCH bash scripts/test.sh"
	require "the site $site was not made by these tests" "$variable=another-name.localhost $again" \
		site_is_free "$site" || return
	require "no account that may create a database" "DB_ROOT_PASSWORD=... $again  # or run it as root" \
		find_database_login_for "$site" || return
	require "the site $site could not be made, see $LOG" "$again" make_site "$site" "${@:2}" || return
}

install_checkout() {
	local former
	former=$(app_source)
	find_source || return
	[[ ! -d $former || $former == "$SOURCE" ]] || FORMER_SOURCE=$former
	install_source test numpy pytest hypothesis playwright xmlrunner
}

prepare_bench() {
	local again="bash scripts/test.sh"
	require "no bench was found at ${BENCH:-~/frappe-bench or /home/frappe/frappe-bench}" \
		"bash scripts/quickstart.sh  # or BENCH=/path/to/bench $again" find_bench || return
	again="BENCH=$BENCH $again"
	require "the bench $BENCH belongs to $BENCH_USER and you are $(id -un)" "sudo $again" \
		may_act_as_bench_user || return
	require "the bench $BENCH has no ERPNext" "cd $BENCH && bench get-app --branch version-15 erpnext" \
		bench_has_erpnext || return
	require "$BENCH/apps/$APP is a folder of its own, not a link to this checkout" \
		"mv $BENCH/apps/$APP $BENCH/archived-$APP && $again" app_folder_is_free || return
	say "==> Bench $BENCH"
	require "another run has held the bench for an hour" "$again" lock_bench || return
	require "MariaDB does not answer at $(database_host):$(database_port)" "sudo systemctl start mariadb" \
		start_mariadb || return
	require "Redis does not answer on the ports of $BENCH/sites/common_site_config.json" \
		"cd $BENCH && redis-server config/redis_cache.conf --daemonize yes && redis-server config/redis_queue.conf --daemonize yes" \
		start_redis || return
	prepare_site TEST_SITE || return
	require "this checkout could not be installed in the bench, see $LOG" "$again" install_checkout || return
}

# Installing and migrating is this project's own code, so trouble there is a failed tier.
prepare_tests() {
	prepare_bench || { BENCH_STATE=not_run && return; }
	say "==> This checkout on $TEST_SITE"
	require "the app could not be installed or migrated, see $LOG" "less $LOG" update_app "$TEST_SITE" ||
		{ BENCH_STATE=could_not_prepare && return; }
	BENCH_STATE=ready
	chown "$BENCH_USER" "$WORK"
}

# The first tier that needs the bench prepares it; a second one gets the same answer.
bench_is_ready() {
	[[ -n ${BENCH_STATE:-} ]] || prepare_tests
	[[ $BENCH_STATE == ready ]] || "$BENCH_STATE" "$1"
	[[ $BENCH_STATE == ready ]]
}

# bench_tests TIER [VARIABLE=VALUE...]
bench_tests() {
	say "==> tests/$1"
	run_tests "$1" as_bench_user "$BENCH/sites" env PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_STORAGE_DIRECTORY="$WORK" \
		PIPELINE_EXT_SITE="$TEST_SITE" PIPELINE_EXT_ADMIN_PASSWORD="$ADMIN_PASSWORD" "${@:2}" \
		../env/bin/python -m pytest -p no:cacheprovider --rootdir="$SOURCE" \
		--config-file="$SOURCE/pyproject.toml" "$SOURCE/tests/$1"
}

site_tier() {
	if bench_is_ready site; then bench_tests site; fi
	if bench_is_ready erpnext; then erpnext_tests; fi
}

# --- ERPNext's own tests, with this app and without --------------------------

# complete_erpnext_site SITE: what those tests expect of a site beyond what `new-site` makes. An empty DocType stands in
# for the one of the app "payments" that their test records pass through.
complete_erpnext_site() {
	frappe --site "$1" set-config mail_server smtp.example.com &&
		frappe --site "$1" execute frappe.client.insert --args '[{
			"doctype": "DocType", "name": "Payment Gateway", "module": "Core", "custom": 1,
			"fields": [{"fieldname": "gateway", "fieldtype": "Data", "label": "Gateway"}],
			"permissions": [{"role": "System Manager", "read": 1}]}]'
}

site_is_without_app() {
	! app_is_on_site "$APP" "$1"
}

# run_erpnext_tests SITE: leaves a JUnit file for each DocType in the folder $WORK/SITE.
run_erpnext_tests() {
	local doctype results
	as_bench_user "$WORK" mkdir "$1"
	for doctype in "${ERPNEXT_DOCTYPES[@]}"; do
		results=$WORK/$1/$doctype.xml
		frappe --site "$1" run-tests --doctype "$doctype" --junit-xml-output "$results" || true
		[[ -s $results ]] || return
	done
}

run_without_app() {
	local again="BENCH=$BENCH bash scripts/test.sh"
	prepare_site ERPNEXT_SITE complete_erpnext_site "$ERPNEXT_SITE" || return
	prepare_site ERPNEXT_APP_SITE complete_erpnext_site "$ERPNEXT_APP_SITE" || return
	require "$APP is installed on $ERPNEXT_SITE" "ERPNEXT_SITE=another-name.localhost $again" \
		site_is_without_app "$ERPNEXT_SITE" || return
	require "they break off without the app, see $LOG" "less $LOG" run_erpnext_tests "$ERPNEXT_SITE" || return
}

run_with_app() {
	require "the app could not be installed or migrated, see $LOG" "less $LOG" update_app "$ERPNEXT_APP_SITE" || return
	require "they break off with the app, see $LOG" "less $LOG" run_erpnext_tests "$ERPNEXT_APP_SITE" || return
}

# compare_results WITHOUT WITH: of two folders, prints how many tests have the same result and how many differ; names those.
compare_results() {
	python3 - "$@" <<-'PYTHON'
		import pathlib, sys, xml.etree.ElementTree as ElementTree

		def results(folder):
		    trees = map(ElementTree.parse, pathlib.Path(folder).glob("*.xml"))
		    return {f"{case.get('classname')}.{case.get('name')}": result(case) for tree in trees for case in tree.iter("testcase")}

		def result(case):
		    return next((part.tag for part in case if part.tag in ("failure", "error", "skipped")), "passed")

		without, with_app = map(results, sys.argv[1:])
		tests = sorted(without.keys() | with_app.keys())
		differing = [test for test in tests if without.get(test) != with_app.get(test)]
		for test in differing:
		    print(f"{test}: without the app {without.get(test, 'missing')}, with it {with_app.get(test, 'missing')}", file=sys.stderr)
		print(len(tests) - len(differing), len(differing))
	PYTHON
}

erpnext_tests() {
	local same differing
	say "==> ERPNext's own tests of ${ERPNEXT_DOCTYPES[*]}, without this app and with it"
	if ! run_without_app; then
		not_run erpnext
		return
	fi
	if ! run_with_app; then
		could_not_prepare erpnext
		return
	fi
	read -r same differing < <(compare_results "$WORK/$ERPNEXT_SITE" "$WORK/$ERPNEXT_APP_SITE")
	record erpnext "$(status_of "$differing")" "$same" "$differing" 0 "passed: the same result with the app as without" ""
}

# --- Browser -----------------------------------------------------------------

find_chromium() {
	local candidate
	for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
		CHROMIUM=$(command -v "$candidate") && as_bench_user / "$CHROMIUM" --version && return
	done
	return 1
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_server() {
	set -m
	frappe --site "$TEST_SITE" serve --port "$1" --noreload 3>&- 9<&- &
	SERVER=$!
	set +m
	wait_until 60 site_answers "$TEST_SITE" "$1"
}

stop_server() {
	[[ -n $SERVER ]] || return 0
	kill -- "-$SERVER" 2>/dev/null || true
	wait "$SERVER" 2>/dev/null || true
	SERVER=
}

browser_tier() {
	local port
	bench_is_ready browser || return 0
	if ! require "no Chromium that starts" "sudo apt-get install chromium  # or CHROMIUM=/path/to/chromium" find_chromium; then
		not_run browser
		return
	fi
	port=$(free_port)
	if ! require "bench serve did not answer on port $port, see $LOG" "less $LOG" start_server "$port"; then
		could_not_prepare browser
		return
	fi
	bench_tests browser CHROMIUM="$CHROMIUM" PIPELINE_EXT_URL="http://$TEST_SITE:$port"
	stop_server
}

# --- Summary -----------------------------------------------------------------

commit() {
	checkout_git rev-parse --verify --quiet HEAD || echo unknown
}

is_dirty() {
	[[ -z $(checkout_git status --porcelain 2>/dev/null) ]] && echo false || echo true
}

print_table() {
	local row tier status passed failed skipped reason command
	printf '\n%-9s%-9s%7s%8s%9s  %s\n' tier status passed failed skipped why
	for row in "${ROWS[@]}"; do
		IFS=$SEPARATOR read -r tier status passed failed skipped reason command <<<"$row"
		printf '%-9s%-9s%7d%8d%9d  %s\n' "$tier" "$status" "$passed" "$failed" "$skipped" "$reason"
		[[ -z $command ]] || printf '%9s%s\n' "" "to change that: $command"
	done
}

json_string() {
	local text=${1//\\/\\\\}
	printf '"%s"' "${text//\"/\\\"}"
}

write_json() {
	local row separator="" tier status passed failed skipped reason command
	printf '{\n\t"commit": %s,\n\t"dirty": %s,\n' "$(json_string "$(commit)")" "$(is_dirty)"
	printf '\t"passed": %d,\n\t"failed": %d,\n\t"tiers": [' "$1" "$2"
	for row in "${ROWS[@]}"; do
		IFS=$SEPARATOR read -r tier status passed failed skipped reason command <<<"$row"
		printf '%s\n\t\t{"tier": "%s", "status": "%s", ' "$separator" "$tier" "$status"
		printf '"passed": %d, "failed": %d, "skipped": %d, ' "$passed" "$failed" "$skipped"
		printf '"reason": %s, "command": %s}' "$(json_string "$reason")" "$(json_string "$command")"
		separator=,
	done
	printf '\n\t]\n}\n'
}

# Fails where a test failed, and where nothing ran at all.
summarize() {
	local row passed failed all_passed=0 all_failed=0
	for row in "${ROWS[@]}"; do
		IFS=$SEPARATOR read -r _ _ passed failed _ <<<"$row"
		all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
	done
	{ write_json "$all_passed" "$all_failed" >"$CHECKOUT/.test-summary.json"; } 2>/dev/null ||
		say "$CHECKOUT/.test-summary.json cannot be written by $(id -un)"
	print_table
	((all_passed + all_failed > 0)) || printf '\nNothing ran, which is not a pass.\n'
	printf '\n%d passed, %d failed\n' "$all_passed" "$all_failed"
	((all_failed == 0 && all_passed > 0))
}

give_bench_back() {
	[[ -n $FORMER_SOURCE ]] || return 0
	say "==> Bench as it was"
	SOURCE=$FORMER_SOURCE FORMER_SOURCE=
	install_source "" >>"$LOG" 2>&1 || say "    failed: run scripts/test.sh of $SOURCE to install that again"
}

clean_up() {
	stop_server
	give_bench_back
	[[ "${ROWS[*]}" == *"$LOG"* ]] || rm -rf "$WORK"
}

main() {
	local tiers=(domain site browser) tier
	case "${1:-} ${2:-}" in
	" ") ;;
	"--tier domain" | "--tier site" | "--tier browser") tiers=("$2") ;;
	*)
		usage
		[[ $1 == --help ]] && exit 0 || exit 2
		;;
	esac
	cd "$CHECKOUT"
	trust_system_certificates
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	for tier in "${tiers[@]}"; do
		"${tier}_tier"
	done
	give_bench_back
	summarize
}

main "$@"
