package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// errPrivate is why a connection into our own network is not made.
var errPrivate = errors.New("the address lies in a private network")

// maxURL is the longest address taken, in bytes.
const maxURL = 2000

// closed are the networks that a webhook never reaches unless the operator allows it,
// besides those that netip knows by itself (loopback, private, link-local, multicast,
// unspecified). From IANA's registries of special-purpose addresses.
var closed = prefixes(
	"0.0.0.0/8",       // this network
	"100.64.0.0/10",   // carriers' shared space
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"240.0.0.0/4",     // reserved, and the broadcast address
	"64:ff9b:1::/48",  // local translation to IPv4
	"100::/64",        // discarded
	"2001::/23",       // protocol assignments, Teredo among them
	"2001:db8::/32",   // documentation
	"3fff::/20",       // documentation
	"5f00::/16",       // segment routing
	"fec0::/10",       // what was site-local
)

// carriers are IPv6 networks whose addresses hold an IPv4 address, and at which byte.
var carriers = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"): 12, // translation to IPv4
	netip.MustParsePrefix("::/96"):        12, // what was IPv4-compatible
	netip.MustParsePrefix("2002::/16"):    2,  // 6to4
}

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// isPublic says whether an address is out in the open internet.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsValid() || !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false // IsGlobalUnicast is false for loopback, link-local, multicast and unspecified
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return false
		}
	}
	for p, at := range carriers {
		if p.Contains(ip) {
			raw := ip.As16()
			return isPublic(netip.AddrFrom4([4]byte(raw[at : at+4])))
		}
	}
	return true
}

// dialGuard looks at the address that a connection is really being made to, after all
// resolving of names: a name that points elsewhere the second time gains nothing.
func dialGuard(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("network %s: %w", network, errPrivate)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr()) {
		return errPrivate
	}
	return nil
}

// reachable is errs.Fields when an address leads, as its name resolves now, into a network
// that messages may not go to. What else may be wrong with it a delivery will tell.
func (s *Service) reachable(ctx context.Context, address string) error {
	if s.config.AllowPrivate {
		return nil
	}
	address, err := checkURL(address, false)
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return errs.Fields{"url": "errors.webhooks.url"}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil
	}
	for _, ip := range all {
		if isPublic(ip) {
			return nil
		}
	}
	return errs.Fields{"url": "errors.webhooks.private"}
}

// checkURL returns an endpoint's address as it is kept, or errs.Fields. Only what can
// be seen without asking the network is judged here; dialGuard judges the rest.
func checkURL(text string, private bool) (string, error) {
	bad := func(what string) (string, error) { return "", errs.Fields{"url": "errors.webhooks." + what} }
	text = strings.TrimSpace(text)
	if text == "" {
		return "", errs.Fields{"url": "errors.required"}
	}
	if len(text) > maxURL {
		return "", errs.Fields{"url": fmt.Sprintf("errors.max=%d", maxURL)}
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" || strings.ContainsAny(text, " \\\t\r\n") {
		return bad("url")
	}
	if u.Scheme = strings.ToLower(u.Scheme); u.Scheme != "http" && u.Scheme != "https" {
		return bad("url")
	}
	if u.User != nil {
		return bad("credentials")
	}
	u.Fragment, u.RawFragment = "", ""
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "" || strings.HasSuffix(host, ".") {
		return bad("url")
	}
	// First into the letters that are looked up: digits of other scripts make addresses too.
	if strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
		if host, err = idna.Lookup.ToASCII(host); err != nil || host == "" || strings.HasSuffix(host, ".") {
			return bad("url")
		}
	}
	if !private {
		if ip, err := netip.ParseAddr(host); err == nil && !isPublic(ip) {
			return bad("private")
		}
		if host == "localhost" || strings.HasSuffix(host, ".localhost") {
			return bad("private")
		}
	}
	if port := u.Port(); port != "" {
		u.Host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	} else {
		u.Host = host
	}
	return u.String(), nil
}
