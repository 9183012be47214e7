package content

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
)

// An address as a marketer writes it leads to a web site that they named themselves,
// or to ours: what a reader said can fill in its path and its query, never its host.
var (
	addressSource = regexp.MustCompile(`^(https?://[^/?#{}\s]+|\{\{\s*(site|offer\.url)\s*\}\})([/?#].*)?$`)
	linkInUse     = regexp.MustCompile(`\]\(([^)]*)\)`)
)

var errAddress = errors.New("an address begins with https:// and the name of a site, or with {{ site }} or {{ offer.url }}; a slash comes next")

// checkAddress looks at an address with its merge tags still in it.
func checkAddress(source string) error {
	if !addressSource.MatchString(source) {
		return errAddress
	}
	return nil
}

// checkLinks looks at the addresses of the [links](…) in a text.
func checkLinks(source string) error {
	for _, m := range linkInUse.FindAllStringSubmatch(source, -1) {
		if err := checkAddress(m[1]); err != nil {
			return fmt.Errorf("link to %q: %w", m[1], err)
		}
	}
	return nil
}

// address returns a finished address in its proper spelling, or an error when it
// is not one of the web.
func address(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", fmt.Errorf("%q: %w", text, errAddress)
	}
	return u.String(), nil
}
