# SPDX-License-Identifier: Apache-2.0
# For scripts that build with clang: installs it, and says how CMake finds it.
CLANG="-DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_clang() {
    local missing=()
    for package in clang llvm libomp-dev; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    echo "installing: ${missing[*]}"
    as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
install_clang

# The path of one of LLVM's own libraries.
llvm_library() { find "$(dirname "$(dirname "$(readlink -f "$(command -v clang)")")")/lib" -name "$1" | head -n 1; }
