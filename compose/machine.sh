# What the scripts in this folder share: steps with their times, and what the machine must have.
# Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.build/venv

# Debian 12's names of what building and running takes beside Swift, and what testing takes.
to_run=(libnghttp2-dev libmimalloc-dev libprotobuf-c-dev libsqlite3-dev zlib1g-dev pkg-config curl git)
to_run_peers=(python3 python3-venv)
to_test=(
  protobuf-c-compiler protobuf-compiler libprotobuf-dev libprotoc-dev grpc-proto openssl
  "${to_run_peers[@]}"
)

# step WORDS COMMAND...: runs it, and says what it was and how long it took.
step() {
  local what=$1 start=$SECONDS status
  shift
  echo "==> $what"
  "$@" && status=0 || status=$?
  if [ "$status" -ne 0 ]; then
    echo "==> $what: failed with $status after $((SECONDS - start)) s" >&2
    return "$status"
  fi
  echo "==> $what: done in $((SECONDS - start)) s"
}

need_swift() {
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  if [ -z "$version" ]; then
    echo "Swift 6.3 or later is needed and was not found: https://www.swift.org/install" >&2
    return 1
  fi
  if [ "$(printf '%s\n' 6.3 "$version" | sort -V | head -n 1)" != 6.3 ]; then
    echo "Swift 6.3 or later is needed; this is $version." >&2
    return 1
  fi
}

# need_packages NAME...: installs those that are missing; says which when it may not.
need_packages() {
  local missing=() package
  for package; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "This machine lacks packages, and only root may install them. Run:" >&2
    echo "    sudo apt-get install -y ${missing[*]}" >&2
    return 1
  fi
  apt-get update -q >/dev/null &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# need NAME...: Swift and packages. All that is lacking is said at once, and without Swift nothing is
# installed.
need() {
  if need_swift; then
    need_packages "$@"
  else
    [ "$(id -u)" -eq 0 ] || need_packages "$@"
    return 1
  fi
}

# need_space FOLDER MEGABYTES: whether so much is free where the folder is.
need_space() {
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }') || return
  [ "$free" -ge "$2" ] && return 0
  echo "$1 has room for $free MB; $2 MB are needed." >&2
  return 1
}

# The Python environment of the foreign peers, made anew only when its requirements change.
need_venv() {
  local requirements=$root/Tests/Interop/requirements.txt stamp=$venv/requirements.stamp
  cmp -s "$requirements" "$stamp" && return 0
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" &&
    cp "$requirements" "$stamp"
}
