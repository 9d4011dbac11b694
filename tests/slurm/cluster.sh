#!/usr/bin/env bash
# A throw-away SLURM on this machine, for tests: one controller and nodes that are processes.
#   cluster.sh start DIR [NODES]     cluster.sh stop DIR
# Needs root and Debian's slurm-wlm and munge. Everything it writes is in DIR, except the link
# /etc/slurm/slurm.conf, where jobs of Snakemake's SLURM plugin look for the configuration; stop
# takes it away again. Nothing of a SLURM or munge that runs already is touched: start then refuses.
set -euo pipefail
action=$1
dir=$2
nodes=${3:-2}
conf=/etc/slurm/slurm.conf

start_munge() {
    mkdir -p "$dir"/{munge,state,log,run}
    chmod 755 "$dir" "$dir/munge"
    (umask 077 && head -c 1024 /dev/urandom >"$dir/munge/key")
    munged --key-file="$dir/munge/key" --socket="$dir/munge/socket" --seed-file="$dir/munge/seed" \
        --pid-file="$dir/run/munged.pid" --log-file="$dir/log/munged.log" --force
}

# No cgroups, as containers and CI have none: processes are tracked through /proc, and a job over
# its memory is ended by the accounting that looks every second.
write_conf() {
    local host memory number
    host=$(hostname -s)
    memory=$(awk -v nodes="$nodes" '/MemTotal/ {print int($2 / 1024 * 0.9 / nodes)}' /proc/meminfo)
    cat >"$dir/slurm.conf" <<CONF
ClusterName=multipet
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobs.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=500
MinJobAge=3600
ReturnToService=2
MpiDefault=none
SchedulerParameters=sched_min_interval=200000,bf_interval=1,batch_sched_delay=0
SlurmctldTimeout=10
SlurmdTimeout=60
KillWait=5
CONF
    for number in $(seq "$nodes"); do
        echo "NodeName=n$number NodeHostname=$host NodeAddr=127.0.0.1 Port=$((27000 + number))" \
            "CPUs=$(nproc) RealMemory=$memory State=UNKNOWN"
    done >>"$dir/slurm.conf"
    echo "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP" >>"$dir/slurm.conf"
}

start() {
    if [ -e "$conf" ]; then
        echo "$conf is there already: this machine has a SLURM" >&2
        return 1
    fi
    start_munge
    write_conf
    mkdir -p /etc/slurm
    ln -s "$dir/slurm.conf" "$conf"
    slurmctld -f "$dir/slurm.conf"
    local number
    for number in $(seq "$nodes"); do
        mkdir -p "$dir/spool.n$number"
        slurmd -N "n$number" -f "$dir/slurm.conf"
    done
    for _ in $(seq 120); do
        if [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle')" -ge "$nodes" ]; then
            return
        fi
        sleep 0.25
    done
    echo "the nodes did not come up; see $dir/log" >&2
    return 1
}

stop() {
    local file pid
    for file in "$dir"/run/slurmd.*.pid "$dir"/run/slurmctld.pid "$dir"/run/munged.pid; do
        [ -s "$file" ] || continue
        pid=$(cat "$file")
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    done
    if [ "$(readlink "$conf" || true)" = "$dir/slurm.conf" ]; then
        rm "$conf"
    fi
}

"$action"
