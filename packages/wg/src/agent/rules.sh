# Part of agent.sh, which reads it from beside itself: what packets may pass. It keeps one nft table, inet
# cvault_<interface>, and changes it in one transaction, so that there is the old one or the new one and never none.
# Devices reach the internet, the name servers they were given and an echo from the server; each other only inside a group;
# nothing reaches them that they did not ask for. Whatever else may be on the machine is left alone.
# The name of a table may hold fewer characters than that of an interface.
table=cvault_$iface
case $iface in *[=+]*) table=cvault_$(printf '%s' "$iface" | awk '{ gsub(/=/, "/3d"); gsub(/\+/, "/2b"); print }') ;; esac

# Body of a rules -> the text nft reads. A line that is not good is left out: fewer rights, never more.
# Whoever is let through to others is found by two look-ups, however many there are: the number of the sender's group
# is put on the packet as its mark, looked up together with where it goes, and taken off again.
awk_rules=$awk_checks'
function judge(place, key,   kind) {
  kind = family($NF)
  split($NF, part, "/")
  if (!kind || $0 != $1 (NF == 3 ? " " $2 : "") " " $NF || part[2] < 8 || ((place, $NF) in taken)) { bad++; return }
  if (place == "names" && part[2] != (kind == 4 ? 32 : 128)) { bad++; return }
  taken[place, $NF] = 1
  count++
  # A single address goes without its length: a set of single addresses is a hash table.
  if (part[2] == (kind == 4 ? 32 : 128)) $NF = part[1]; else flags[place, kind] = "flags interval; "
  add(place, kind, $NF key)
  return kind
}
function add(place, kind, text) { item[place, kind, ++size[place, kind]] = text }
function set(what, place, kind, type,   i) {
  print what " " place kind " { type ipv" kind "_addr" type "; " flags[place, kind] "}"
  fill[++lines] = "flush " what " inet " table " " place kind
  if (!size[place, kind]) return
  fill[++lines] = "add element inet " table " " place kind " {"
  for (i = 1; i <= size[place, kind]; i++) fill[++lines] = item[place, kind, i] ","
  fill[++lines] = "}"
}
$1 == "pool" && NF == 2 { judge("pools", ""); next }
$1 == "name" && NF == 2 { judge("names", ""); next }
$1 == "member" && NF == 3 && $2 ~ /^[1-9][0-9]*$/ && length($2) <= 9 {
  kind = judge("groups", " : " $2)
  if (kind) { add("members", kind, $NF " . " $2); flags["members", kind] = flags["groups", kind] }
  next
}
{ bad++ }
END {
  if (!done || late) exit 3
  print "# " bad + 0 " lines left out. Written by the CVault agent; the next change replaces it."
  print "add table inet " table "\ndelete table inet " table "\ntable inet " table " {"
  for (kind = 4; kind <= 6; kind += 2) {
    flags["pools", kind] = "flags interval; auto-merge; "
    set("set", "pools", kind, ""); set("set", "names", kind, "")
    set("map", "groups", kind, " : mark"); set("set", "members", kind, " . mark")
  }
  chains = ENVIRON["CHAINS"]
  gsub(/@iface/, "\"" iface "\"", chains)
  print chains "}\n# fill"
  for (i = 1; i <= lines; i++) print fill[i]
  print "# end " count + 0
}
'
# No chain accepts for another table: what this lets pass, others may still drop; what it drops is dropped.
chains='
chain spoofed { ip saddr != @pools4 drop; ip6 saddr != @pools6 drop; }
chain resolve {
  ct original ip daddr @names4 meta l4proto { tcp, udp } th dport 53 accept
  ct original ip6 daddr @names6 meta l4proto { tcp, udp } th dport 53 accept
}
chain allow { meta mark set 0 accept; }
chain between {
  meta mark set 0
  meta mark set ip saddr map @groups4
  meta mark set ip6 saddr map @groups6
  ip daddr . meta mark @members4 goto allow
  ip6 daddr . meta mark @members6 goto allow
  drop
}
chain outward {
  jump resolve
  ip daddr { 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3 } drop
  ip6 daddr { ::/8, 2002::/16, fc00::/7, fe80::/9, ff00::/8 } drop
  accept
}
chain inward { ip saddr @pools4 drop; ip6 saddr @pools6 drop; ct state established,related ct direction reply accept; drop; }
chain server {
  ct state established,related ct direction reply accept
  icmp type echo-request accept
  icmpv6 type echo-request accept
  jump resolve
  drop
}
chain forward {
  type filter hook forward priority filter; policy accept;
  iifname @iface jump spoofed
  iifname @iface oifname @iface goto between
  iifname @iface goto outward
  oifname @iface goto inward
}
chain input {
  type filter hook input priority filter; policy accept;
  iifname @iface jump spoofed
  iifname @iface goto server
}
'

# What nft has, as a hash: whatever anybody changes by hand is seen in it.
read_rules() {
  if listing=$(nft list table inet "$table" 2>/dev/null); then
    rules=$(printf '%s\n' "$listing" | sha256sum)
    rules=${rules%% *}
  elif listing=$(nft list tables 2>/dev/null); then
    # A listing that fails is no table that is gone.
    case $newline$listing$newline in *"${newline}table inet $table$newline"*) rules=unavailable ;; *) rules=none ;; esac
  else rules=unavailable; fi
}

# rules <fence> <sequence> <bytes of body>
rules() {
  content=$(head -c "$3" | CHAINS=$chains awk -v iface="$iface" -v table="$table" "$awk_rules") || give_up 'the body is not what was announced'
  lock || return
  load_state && is_newer "$1" "$2" && load_rules "$@"
  unlock
}
load_rules() {
  store_state "$1" "$2" "$generation" || return
  refill || printf '%s\n' "$content" | nft -f - 2>/dev/null || { refuse failed 'nft is missing or refused the rules; what it had still stands'; return; }
  read_rules
  left_out=${content#'# '}
  left_out=${left_out%% *}
  content="# loaded $rules$newline$content"
  saved=1
  # Rules of yesterday could give an address rights it no longer has. None at all, and nothing passes after a reboot.
  write_file rules.nft || { saved=0; rm -f "$file" 2>/dev/null; }
  case $rules in
    none | unavailable) refuse failed 'nft took the rules and does not list them' ;;
    *) answer "loaded $rules $saved $left_out" ;;
  esac
}
# Fill the sets anew and touch nothing else, where the table is still as this agent's file left it. The kernel lets
# packets fall while sets and chains are made anew, even in one transaction; elements it exchanges without that.
refill() {
  { read -r _ _ was && was_frame=$(frame); } 2>/dev/null <"$config_dir/$iface.rules.nft" || return
  [ "$was_frame" = "$(printf '%s\n' "$content" | frame)" ] || return
  read_rules
  [ "$rules" = "$was" ] && printf '%s\n' "$content" | awk '/^# fill$/, 0' | nft -f - 2>/dev/null
}
# What of the text is not the elements, nor their count in the first line.
frame() { awk 'NR > 1 { if (/^# fill$/) exit; print }'; }
