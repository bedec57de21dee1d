# First process of a machine: makes its file system private, then waits until the owner's pipe closes.
# Being process 1 of a pid namespace, its end takes every process, interface and mount of the machine along.
set -eu
read -r host_pid _ </proc/self/stat # still the owner's /proc
mount -t proc proc /proc
mount -t tmpfs -o mode=755 cvault-lab /run
mkdir -p /run/cvault-lab/bin /run/sshd /run/lock
mkdir -m 700 /run/wireguard

for directory in /etc /var/lib; do
  layer=/run/cvault-lab/layers$directory
  mkdir -p "$layer/upper" "$layer/work"
  if ! mount -t overlay -o "lowerdir=$directory,upperdir=$layer/upper,workdir=$layer/work" overlay "$directory" 2>/dev/null; then
    # No overlayfs here: a copy of what is small, an empty one of what is not.
    [ "$directory" = /etc ] && cp -a /etc/. "$layer/upper/"
    mount --bind "$layer/upper" "$directory"
  fi
done
mkdir -p /etc/wireguard
mount -t tmpfs -o mode=700 cvault-lab /etc/wireguard
rm -f /etc/resolv.conf /etc/nsswitch.conf /etc/hosts
: >/etc/resolv.conf
echo '127.0.0.1 localhost' >/etc/hosts
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >/etc/nsswitch.conf
ip link set lo up

# Each machine booted by itself. Where /proc/sys cannot be covered it keeps the host's number.
cat /proc/sys/kernel/random/uuid >/run/cvault-lab/boot_id
mount --bind /run/cvault-lab/boot_id /proc/sys/kernel/random/boot_id 2>/dev/null || true

echo "ready $host_pid"
while IFS= read -r _; do :; done
