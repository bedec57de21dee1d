#!/bin/sh
# Stands in for resolvconf on a machine without one: wg-quick hands it the DNS lines of a config.
before=/run/cvault-lab/resolv.conf.before
case "$1" in
  -a) [ -e "$before" ] || cp /etc/resolv.conf "$before"; cat >/etc/resolv.conf ;;
  -d) if [ -e "$before" ]; then cat "$before" >/etc/resolv.conf && rm -f "$before"; fi ;;
  *) echo "resolvconf: only -a and -d are understood, not $1" >&2; exit 2 ;;
esac
