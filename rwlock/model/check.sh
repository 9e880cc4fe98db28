#!/bin/bash
# Checks the model of the lock with spin (Debian packages spin and gcc): some minutes, 2 GB of memory.
#   model/check.sh            the runs below; fails if one of them does not give what is expected
#   model/check.sh FLAGS...   one run, for instance: model/check.sh -DNS=2 -DK=1 -DBIAS -DSB -DMAXC=1 -DMAXI=2 -DTIMED
here=$(cd "$(dirname "$0")" && pwd)

# run EXPECTED FLAGS...: EXPECTED is ok or fails
run() {
    local expected=$1 directory result states
    shift
    directory=$(mktemp -d)
    (
        cd "$directory" || exit 1
        spin -a "$@" "$here/lock.pml" >/dev/null && gcc -w -O2 -DSAFETY -DCOLLAPSE -DMEMLIM=6000 -DVECTORSZ=2048 -o pan pan.c \
            && timeout "${LIMIT:-900}" ./pan -m400000 >out 2>&1
    )
    result=unfinished
    grep -q "errors: 0" "$directory/out" && ! grep -q "Search not completed" "$directory/out" && result=ok
    grep -qE "errors: [1-9]" "$directory/out" && result=fails
    states=$(grep -oE "[0-9.e+]+ states, stored" "$directory/out")
    echo "$result (expected $expected): $* ($states)"
    rm -rf "$directory"
    [ "$result" = "$expected" ]
}

if [ $# -gt 0 ]; then
    run ok "$@"
    exit
fi

bad=0
two="-DNS=2 -DK=1 -DBIAS -DSB -DMAXC=1 -DMAXI=2"
run ok -DNS=2 -DK=1 -DBIAS || bad=1
run ok $two -DTIMED || bad=1
run ok $two -DTIMED -DUNCLEAN || bad=1
run ok -DNS=2 -DK=2 -DBIAS -DMAXC=1 -DUNCLEAN -DDOWNGRADE || bad=1
run fails $two -DNO_WANT || bad=1
run fails $two -DNO_REVOKED || bad=1
run fails -DNS=2 -DK=2 -DBIAS -DSB -DNO_HEAVY || bad=1
exit $bad
