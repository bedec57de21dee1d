#!/bin/sh
# CVault agent: keeps the peers of one WireGuard interface, and the nft rules that keep them apart, equal to what the
# control plane asks, line by line on stdin and stdout. Two ways to run it, one protocol:
#   sent        the driver runs  sh -c '<this file>' cvault-agent wg0   over SSH; nothing is installed.
#   installed   restrict,command="/usr/local/lib/cvault/agent.sh wg0" ssh-ed25519 AAAA...  in authorized_keys
#               (or "sudo -n /usr/local/lib/cvault/agent.sh wg0" and one sudo rule). SSH_ORIGINAL_COMMAND is ignored.
# Needs: a POSIX sh with printf built in (dash, busybox ash, bash), wg, awk, flock, and from coreutils or
# busybox: head, mkdir, mv, rm, sha256sum, sleep, sync, tail; for the rules nft, 1.0 or newer, without which it says
# so and serves peers all the same. Rights: CAP_NET_ADMIN, and write access to two directories:
#   CVAULT_STATE_DIR   default /var/lib/cvault   highest fence, sequence and generation obeyed, and the lock
#   CVAULT_CONFIG_DIR  default /etc/wireguard    <interface>.peers.conf, [Peer] sections only; have the interface
#                      load it at boot with  PostUp = wg addconf %i /etc/wireguard/%i.peers.conf
#                      <interface>.rules.nft; before that  PreUp = nft -f /etc/wireguard/%i.rules.nft
# It never reads the private key out, never prints a preshared key, and never uses setconf, syncconf or
# wg-quick save, each of which can wipe keys, peers or counters.
version=2
set -f -u
umask 077
export LC_ALL=C
PATH=${PATH:-/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
iface=${1-}
state_dir=${CVAULT_STATE_DIR:-/var/lib/cvault}
config_dir=${CVAULT_CONFIG_DIR:-/etc/wireguard}
newline='
'
own='' own_epoch=''

# Shared by the awk programs: every line is judged again here, whoever sent it.
awk_checks='
function key_shaped(k) {
  return length(k) == 44 && k !~ /[^A-Za-z0-9+\/=]/ && index(k, "=") == 44 &&
    index("AEIMQUYcgkosw048", substr(k, 43, 1))
}
function key_ok(k) { return key_shaped(k) && k != zero }
function number_ok(n, most) { return n ~ /^[0-9]+$/ && length(n) <= 3 && (n == "0" || n !~ /^0/) && n + 0 <= most }
function power_of_2(n,   value) { for (value = 1; n > 0; n--) value *= 2; return value }
function v4_ok(ip, bits,   part, i, value) {
  if (split(ip, part, ".") != 4 || !number_ok(bits, 32)) return 0
  for (i = 1; i <= 4; i++) { if (!number_ok(part[i], 255)) return 0; value = value * 256 + part[i] }
  return value % power_of_2(32 - bits) == 0
}
function hex_value(text,   i, value) {
  for (i = 1; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
  return value + 0
}
function v6_ok(ip, bits,   gap, head, tail, heads, tails, i, group, after) {
  if (ip !~ /:/ || ip ~ /[^0-9a-f:]/ || !number_ok(bits, 128)) return 0
  gap = index(ip, "::")
  heads = split(gap ? substr(ip, 1, gap - 1) : ip, head, ":")
  tails = gap ? split(substr(ip, gap + 2), tail, ":") : 0
  if (gap ? heads + tails > 7 : heads != 8) return 0
  for (i = 0; i < 8; i++) {
    group = i < heads ? head[i + 1] : (i >= 8 - tails ? tail[i - 7 + tails] : "0")
    if (length(group) < 1 || length(group) > 4) return 0
    after = (i + 1) * 16 - bits
    if (after > 16) after = 16
    if (after > 0 && hex_value(group) % power_of_2(after)) return 0
  }
  return 1
}
function family(network,   part) {
  if (split(network, part, "/") != 2) return 0
  return v4_ok(part[1], part[2]) ? 4 : (v6_ok(part[1], part[2]) ? 6 : 0)
}
function ips_fault(list,   ip, count, i) {
  if (list == "-") return ""
  count = split(list, ip, ",")
  for (i = 1; i <= count; i++) {
    if (!family(ip[i])) return "an allowed IP is not a network with host bits zero"
    if (ip[i] in owner) return "an allowed IP is given twice in the batch"
  }
  for (i = 1; i <= count; i++) owner[ip[i]] = 1
  return ""
}
function peer_fault(   fault) {
  if (NF != 4 || $0 != $1 " " $2 " " $3 " " $4) return "the line is malformed"
  if (!key_ok($2)) return "the public key is malformed"
  if ($2 == ENVIRON["OWN"]) return "the public key is the own key of the server"
  if ($2 in upserts) return "the public key is given twice in the batch"
  if ($3 != "-" && !key_ok($3)) return "the preshared key is malformed"
  return ips_fault($4)
}
function section(text) {
  gsub(/,/, ", ", $4)
  text = "[Peer]\nPublicKey = " $2 "\nPresharedKey = " ($3 == "-" ? zero : $3) "\n"
  return $4 == "-" ? text : text "AllowedIPs = " $4 "\n"
}
BEGIN { zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }
done { late = 1 }
$0 == "end " (NR - 1) { done = 1; next }
'
# Body of an apply -> the plan: a line of counts and a journal, both as comments, then the config wg reads.
# It is handed on whole: cutting a long text with ${..} costs a shell the square of its length.
awk_plan=$awk_checks'
function reject(reason) { journal[++entries] = "#rejected " (key_ok($2) ? $2 : "-") " " reason; rejections++ }
$1 == "remove" {
  if (NF != 2 || $0 != $1 " " $2 || !key_shaped($2)) { reject("the line is malformed"); next }
  if ($2 in removes) next
  removes[$2] = 1
  journal[++entries] = "#remove " $2
  removals++
  next
}
$1 == "peer" {
  fault = peer_fault()
  if (fault != "") { reject(fault); next }
  upserts[$2] = 1
  journal[++entries] = "#upsert " $2
  config[++sections] = section()
  next
}
{ reject("the line is malformed") }
END {
  if (!done || late) exit 3
  print "#" removals + 0, rejections + 0
  for (i = 1; i <= entries; i++) print journal[i]
  for (i = 1; i <= sections; i++) printf "%s", config[i]
}
'
# Plan -> config that leaves the peers to be removed without any allowed IP.
awk_freeze='sub(/^#remove /, "") { print "[Peer]\nPublicKey = " $0 }'
# Only keys that passed key_shaped get here, so nothing in them means anything to a shell.
awk_remove='
function remove() { if (list != "") system("wg set " iface list " 2>/dev/null"); list = "" }
sub(/^#remove /, "") { list = list " peer " $0 " remove"; if (++count % 200 == 0) remove() }
END { remove() }
'
# Plan -> what wg refuses when it gets the peers one by one.
awk_singly='
function apply() {
  if (peer == "") return
  command = "wg addconf " iface " /dev/stdin 2>/dev/null"
  printf "%s", peer | command
  if (close(command) != 0) print "#rejected " key " wg refused this peer"
}
/^#/ { next }
/^\[Peer\]/ { apply(); peer = "" }
/^PublicKey = / { key = $3 }
{ peer = peer $0 "\n" }
END { apply() }
'
awk_boot_file=$awk_checks'
NR == 1 { print "# Written by the CVault agent; the next save replaces it." }
$1 == "peer" && peer_fault() == "" { upserts[$2] = 1; peers++; printf "%s", section(); next }
{ bad = 1 }
END { if (!done || late || bad) exit 3; print "# end " peers + 0 }
'
# Plan @ dump -> the last counters of the peers that leave. One that never moved anything has none.
awk_counters='
BEGIN { FS = "\t" }
$0 == "@" { in_dump = 1 }
!in_dump && sub(/^#remove /, "") { leaves[$0] = 1 }
in_dump && NF == 8 && $1 in leaves && ($5 > 0 || $6 > 0 || $7 > 0) { print "#removed " $1 " " $6 " " $7 " " $5 }
'
# Plan @ dump -> a reply without secrets. Column 2 of a dump is a key and never leaves as such.
awk_reply='
function say(text) { print text; lines++; bytes += length(text) + 1 }
BEGIN { FS = "\t"; if (first != "") say(first) }
$0 == "@" { in_dump = 1; next }
!in_dump && /^#(rejected|removed) / { say(substr($0, 2)); next }
!in_dump && /^#remove / { split($0, word, " "); if (!(word[2] in asked)) asked[word[2]] = "remove" }
!in_dump && /^#upsert / { split($0, word, " "); asked[word[2]] = "upsert" }
!in_dump { next }
$0 == "done" { whole = 1; next }
{ ips = $4 == "(none)" ? "-" : $4; psk = ($2 != "(none)") }
first == "" && NF == 4 { say("interface " epoch " " $2 " " $3 " " rules) }
first == "" && NF == 8 { say("peer " $1 " " psk " " ($3 == "(none)" ? "-" : $3) " " ips " " $5 " " $6 " " $7) }
first != "" && NF == 8 && $1 in asked { say(asked[$1] == "remove" ? "still " $1 : "present " $1 " " psk " " ips) }
END {
  if (!whole) say("error unknown the interface could not be read back")
  print "end " id " " lines " " bytes
}
'

start_failed() { echo "cvault-agent $version failed $1"; exit 1; }
# One line and its end mark.
answer() { printf '%s\nend %s 1 %s\n' "$1" "$id" "$((${#1} + 1))"; }
refuse() { answer "error $*"; }
# Where requests and bodies can no longer be told apart, the only safe thing is to stop.
give_up() { refuse protocol "$1"; exit 1; }
are_numbers() {
  for number; do case $number in '' | *[!0-9]* | ???????????????????*) return 1 ;; esac; done
}
wg_dump() { wg show "$iface" dump 2>/dev/null && echo done; }

# Changes whenever the interface was made anew: indexes are not used twice between boots.
read_epoch() {
  index=''
  if [ -r "/proc/net/dev_snmp6/$iface" ]; then read -r _ index <"/proc/net/dev_snmp6/$iface"
  elif [ -r "/sys/class/net/$iface/ifindex" ]; then read -r index <"/sys/class/net/$iface/ifindex"; fi
  [ -n "$index" ] || return 1
  epoch=$boot_id.$index
  [ "$epoch" = "$own_epoch" ] && return
  own=$(wg show "$iface" public-key 2>/dev/null) && own_epoch=$epoch
}
no_interface() { refuse failed "there is no WireGuard interface $iface"; }

# Descriptor 9 is inherited by wg, so the lock outlives an agent that is killed while wg still runs.
lock() {
  exec 9>>"$state_dir/$iface.lock"
  tries=0
  until flock -n 9; do
    tries=$((tries + 1))
    [ "$tries" -lt 40 ] || { refuse failed "another agent is busy with $iface"; return 1; }
    sleep 0.1 2>/dev/null || sleep 1
  done
}
unlock() { exec 9>&-; }
load_state() {
  fence=0 sequence=0 generation=0
  [ -s "$state" ] || return 0
  read -r fence sequence generation <"$state" && are_numbers "$fence" "$sequence" "$generation" && return
  refuse failed "the state file $state is damaged; compare it with the control plane, then delete it"
  return 1
}
# Always 57 bytes over the same 57: one write in one sector, so a crash leaves the old or the new.
# A new fence must survive a power cut; a sequence need not, since no channel survives one.
store_state() {
  { printf '%18s %18s %18s\n' "$1" "$2" "$3" 1<>"$state"; } 2>/dev/null && { [ "$1" = "$fence" ] || sync "$state" "$state_dir"; } && return
  refuse failed "cannot write $state"
  return 1
}

hello() {
  own_epoch=''
  read_epoch || { no_interface; return; }
  [ "$own" != '(none)' ] || { refuse failed "$iface has no private key"; return; }
  load_state || return
  read_rules
  answer "hello $version $iface $boot_id $epoch $own $(wg show "$iface" listen-port) $fence $sequence $generation $rules"
}

dump() {
  read_epoch || { no_interface; return; }
  read_rules
  { echo @; wg_dump; } | awk -v first= -v id="$id" -v epoch="$epoch" -v rules="$rules" "$awk_reply"
}

# apply <fence> <sequence> <generation> <read back: 0 or 1> <bytes of body>
apply() {
  # The body is read whole before the lock is taken: a stalled sender must not hold it.
  read_epoch || own=''
  plan=$(head -c "$5" | OWN=$own awk "$awk_plan") || give_up 'the body is not what was announced'
  before=$own_epoch
  read_epoch && [ "$epoch" = "$before" ] || { no_interface; return; }
  lock || return
  load_state && is_newer "$1" "$2" && apply_plan "$@"
  unlock
}
is_newer() {
  [ "$1" -gt "$fence" ] || { [ "$1" -eq "$fence" ] && [ "$2" -gt "$sequence" ]; } && return
  refuse fenced "fence $fence sequence $sequence was already obeyed"
  return 1
}
apply_plan() {
  [ "$3" -gt "$generation" ] && generation=$3
  store_state "$1" "$2" "$generation" || return
  proof=$4
  case $plan in '#0 '*) ;; *) proof=1; remove_peers ;; esac
  printf '%s\n' "$plan" | wg addconf "$iface" /dev/stdin 2>/dev/null || upsert_singly
  read_epoch && [ "$epoch" = "$before" ] || { refuse unknown "$iface was made anew meanwhile"; return; }
  first="applied $epoch $proof $generation"
  # No read back was asked, and wg has acknowledged every peer: there is nothing more to say.
  case $proof$plan in '0#0 0'*) answer "$first"; return ;; esac
  { printf '%s\n@\n' "$plan"; if [ "$proof" = 1 ]; then wg_dump; else echo done; fi; } |
    awk -v first="$first" -v id="$id" "$awk_reply"
}

# Emptied first, a peer can move nothing more, so the counters read next are its last.
remove_peers() {
  printf '%s\n' "$plan" | awk "$awk_freeze" | wg addconf "$iface" /dev/stdin 2>/dev/null
  counters=$({ printf '%s\n@\n' "$plan"; wg_dump; } | awk "$awk_counters")
  printf '%s\n' "$plan" | awk -v iface="$iface" "$awk_remove"
  plan=$plan$newline$counters
}

# wg refuses a whole file for one peer it does not like; then each peer stands for itself.
upsert_singly() {
  refused=$(printf '%s\n' "$plan" | awk -v iface="$iface" "$awk_singly")
  # The counts no longer hold, so the short answer must not be given.
  plan=#$newline$plan$newline$refused
}

# save <fence> <bytes of body>
save() {
  content=$(head -c "$2" | OWN='' awk "$awk_boot_file") || give_up 'the body is not what was announced'
  lock || return
  load_state && save_content "$1"
  unlock
}
# Replace <interface>.<name> by $content, whole or not at all.
write_file() {
  file=$config_dir/$iface.$1
  draft=$config_dir/.$iface.$1.draft
  # The end mark is looked for because not every printf reports a full disk.
  { printf '%s\n' "$content" >"$draft"; } 2>/dev/null && ends_whole "$draft" &&
    sync "$draft" 2>/dev/null && mv -f "$draft" "$file" 2>/dev/null && sync "$config_dir" 2>/dev/null && return
  rm -f "$draft" 2>/dev/null
  return 1
}
ends_whole() { case $(tail -n 1 "$1") in '# end '*) ;; *) return 1 ;; esac; }
save_content() {
  [ "$1" -ge "$fence" ] || { refuse fenced "fence $fence was already obeyed"; return; }
  [ "$1" -eq "$fence" ] || store_state "$1" 0 "$generation" || return
  if write_file peers.conf; then answer 'saved'
  else refuse failed "cannot write $file; the old one still stands (disk full, or no right to write?)"; fi
}

case $iface in
  '' | -* | . | .. | all | interfaces | *[!A-Za-z0-9_=+.-]* | ????????????????*) start_failed 'the interface name is not valid' ;;
esac
[ "$(command -v printf)" = printf ] || start_failed 'this sh has no built-in printf, so keys would show in the process list'
for tool in wg awk flock head mkdir mv rm sha256sum sleep sync tail; do
  command -v "$tool" >/dev/null || start_failed "the command $tool is missing"
done
[ -r "${0%/*}/rules.sh" ] || start_failed 'its other half, rules.sh, is not beside it'
. "${0%/*}/rules.sh"
read -r boot_id </proc/sys/kernel/random/boot_id
state=$state_dir/$iface.state
mkdir -p "$state_dir" 2>/dev/null
(: >>"$state_dir/$iface.lock") 2>/dev/null || start_failed "cannot write in $state_dir"
echo "cvault-agent $version ready"

while IFS= read -r line; do
  set -- $line
  id=${1-}
  case $id in '' | *[!0-9]* | ????????????????*) id=0; give_up 'a request must begin with its number' ;; esac
  request=$#${2-}
  [ $# -lt 2 ] || shift 2
  are_numbers "$@" || give_up 'a request holds something that is not a number'
  case $request in
    2hello) hello ;;
    2dump) dump ;;
    7apply) apply "$@" ;;
    5rules) rules "$@" ;;
    4save) save "$@" ;;
    *) give_up 'there is no such request' ;;
  esac
done
