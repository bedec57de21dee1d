/**
 * What stands in a server's `[Interface]` beside its keys, as docs/operating.md has it: before the interface is there its
 * packet rules are, those it had last or ones that let nothing pass; once it is there it gets the peers it had last.
 */
export const interfaceLines = [
  `PreUp = nft -f /etc/wireguard/%i.rules.nft || nft 'table inet cvault_%i { chain forward { type filter hook forward priority 0; iifname "%i" drop; oifname "%i" drop; }; chain input { type filter hook input priority 0; iifname "%i" drop; }; }'`,
  'PostUp = [ ! -e /etc/wireguard/%i.peers.conf ] || wg addconf %i /etc/wireguard/%i.peers.conf',
]
