# What up and down share: the services, where they run, and which processes are theirs.
# Sourced after machine.sh, never run.

# The services that stand, and the address of each. An address may be set as the service itself has
# it set: CABILDO_MEMBERSHIP_LISTEN=127.0.0.1:6001.
stands() { [ -e "$root/Services/${1^}/main.swift" ]; }

services=()
declare -A address
while read -r name port; do
  variable=CABILDO_${name^^}_LISTEN
  address[$name]=${!variable:-127.0.0.1:$port}
  if stands "$name"; then services+=("$name"); fi
done < <(grep -v '^#' "$root/compose/services")

# The flags of a service beside its address and the keys.
flags_of() {
  local name
  if [ "$1" != gateway ]; then
    echo --data-dir "$data/$1"
    return
  fi
  for name in "${!address[@]}"; do
    [ "$name" = gateway ] || echo "--$name" "$(stands "$name" && echo "${address[$name]}" || echo none)"
  done
}

data=$root/.data
configuration=debug

programs() { echo "$root/.build/$configuration"; }

# The process of a service if it is ours: the one whose number and start time were written down.
process_of() {
  local file=$data/run/$1.pid pid started
  [ -r "$file" ] || return 1
  read -r pid started <"$file"
  [ "$started" = "$(start_time "$pid")" ] || return 1
  echo "$pid"
}

# When a process began, in ticks since the machine did (proc(5), field 22): with it a number that
# was given out again is told from the old one.
start_time() {
  local line
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${line##*) }
  echo "${20}"
}

# Whether anybody listens on an address.
listens() {
  local host=${1%:*}
  host=${host#[} host=${host%]}
  (exec 3<>"/dev/tcp/$host/${1##*:}") 2>/dev/null
}

ready() { curl -fsS -o /dev/null --max-time 2 "http://${address[$1]}/readyz" 2>/dev/null; }

all_run() {
  local name
  for name in "${services[@]}"; do process_of "$name" >/dev/null || return; done
}

# end NAME...: ends those of our processes, the last first, and waits until they have drained.
end() {
  local names=("$@") index name pid waited
  for ((index = ${#names[@]} - 1; index >= 0; index--)); do
    name=${names[index]}
    pid=$(process_of "$name") || continue
    kill -TERM "$pid" 2>/dev/null || continue
    waited=0
    while [ "$(process_of "$name")" = "$pid" ] && [ "$waited" -lt 700 ]; do
      sleep 0.05
      waited=$((waited + 1))
    done
    if [ "$(process_of "$name")" = "$pid" ]; then
      echo "$name (process $pid) has not ended after 35 s; its log: $data/log/$name.log" >&2
      return 1
    fi
    rm -f "$data/run/$name.pid"
    echo "$name ended"
  done
}
