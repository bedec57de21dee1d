# Makes an empty machine a VPN server. Everything it writes is private to the machine (see namespace-init.sh).
set -eu
lab=/run/cvault-lab
config=/etc/wireguard/$WG_INTERFACE.conf
umask 077

[ -n "${WG_PRIVATE_KEY:-}" ] || WG_PRIVATE_KEY=$(wg genkey)
{
  printf '[Interface]\nAddress = %s\nListenPort = %s\nPrivateKey = %s\n' "$WG_ADDRESS" "$WG_PORT" "$WG_PRIVATE_KEY"
  [ -z "${WG_INTERFACE_LINES:-}" ] || printf '%s\n' "$WG_INTERFACE_LINES"
} >"$config"
unset WG_PRIVATE_KEY
sysctl -qw net.ipv4.ip_forward=1

nft -f - <<NFT
table ip cvault_lab {
  chain prerouting {
    type nat hook prerouting priority -100
    iifname "$WG_INTERFACE" ip daddr ${WG_ADDRESS%/*} udp dport 53 dnat to $DNS_ADDRESS
  }
  chain postrouting {
    type nat hook postrouting priority 100
    ip saddr $WG_ADDRESS oifname "up0" masquerade
  }
}
NFT
# Devices reach the internet and the server's name service, never each other and never its SSH.
[ "$FIREWALL" = none ] || nft -f - <<NFT
table ip cvault_lab {
  chain input {
    type filter hook input priority 0; policy accept
    iifname "$WG_INTERFACE" tcp dport $SSH_PORT drop
  }
  chain forward {
    type filter hook forward priority 0; policy accept
    iifname "$WG_INTERFACE" oifname "$WG_INTERFACE" drop
    iifname "$WG_INTERFACE" ip saddr != $WG_ADDRESS drop
    oifname "$WG_INTERFACE" ct state new drop
  }
}
NFT

umask 022
if [ -n "${HOST_PRIVATE_KEY:-}" ]; then
  (umask 077 && printf '%s\n' "$HOST_PRIVATE_KEY" >$lab/host_key)
  ssh-keygen -y -f $lab/host_key >$lab/host_key.pub
else
  ssh-keygen -q -t ed25519 -N '' -C '' -f $lab/host_key
fi
unset HOST_PRIVATE_KEY

# A "!" in the shadow file locks an account even for keys; containers often have one for root.
grep -v -e '^root:' -e "^$SSH_USER:" /etc/shadow >$lab/shadow || true
printf 'root:*:19000:0:99999:7:::\n' >>$lab/shadow
if [ "$SSH_USER" = root ]; then
  printf '%s\n' "$AUTHORIZED_KEYS" >$lab/authorized_keys
else
  printf '%s:*:19000:0:99999:7:::\n' "$SSH_USER" >>$lab/shadow
  printf '%s:x:64999:64999::%s/home:/bin/sh\n' "$SSH_USER" $lab >>/etc/passwd
  printf '%s:x:64999:\n' "$SSH_USER" >>/etc/group
  install -d -o 64999 -g 64999 $lab/home
  install -m 755 "$AGENT_PATH" $lab/agent
  # Plays the one sudo rule a real server has: this user may run the agent as root, and nothing else reaches it.
  install -o 0 -g 64999 -m 4750 "$(command -v setpriv)" $lab/as-root
  printf '%s\n' "$AUTHORIZED_KEYS" | sed "s|^|restrict,command=\"$lab/as-root --reuid 0 --regid 0 --clear-groups -- $lab/agent $AGENT_ARGUMENTS\" |" >$lab/authorized_keys
fi
(umask 077 && cat $lab/shadow >/etc/shadow)

cat >$lab/sshd_config <<SSHD
Port $SSH_PORT
ListenAddress $PUBLIC_IP
HostKey $lab/host_key
PidFile $lab/sshd.pid
AuthorizedKeysFile $lab/authorized_keys
AllowUsers $SSH_USER
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
# The developer's own .bashrc is none of this machine's business: bash reads it for every session.
SetEnv HOME=/nonexistent
LogLevel VERBOSE
SSHD

wg-quick up "$WG_INTERFACE" >$lab/wg-quick.log 2>&1 || { cat $lab/wg-quick.log >&2; exit 1; }
echo "public $(wg show "$WG_INTERFACE" public-key)"
echo "host $(cut -d' ' -f1,2 $lab/host_key.pub)"
