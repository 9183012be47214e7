package delivery

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/sarnakh/sarnakh/internal/secure"
)

// What the tokens of a message may be used for.
const (
	purposeOpen        = "delivery.open"
	purposeClick       = "delivery.click"
	purposeUnsubscribe = "delivery.unsubscribe"
)

// Links makes the addresses in an e-mail that are one message's own. They are
// signed: nobody else can make one, for another message or another target.
type Links struct {
	signer  *secure.Signer
	base    string
	message int64
}

// NewLinks returns the links of a message, under the address of our pages.
func NewLinks(signer *secure.Signer, publicURL string, messageID int64) Links {
	return Links{signer, strings.TrimRight(publicURL, "/"), messageID}
}

// Open is the address of the picture that tells of opening.
func (l Links) Open() string { return l.base + "/t/o/" + token(l.signer, purposeOpen, l.message, "") }

// Unsubscribe is where the reader ends the subscription: with a page for people, and
// at once for a POST (RFC 8058).
func (l Links) Unsubscribe() string {
	return l.base + "/t/u/" + token(l.signer, purposeUnsubscribe, l.message, "")
}

// Click is the address that counts the click and leads on to target. Whatever is
// not an absolute http or https address (mailto:, tel:, #) comes back as it is.
func (l Links) Click(target string) string {
	if !webAddress(target) {
		return target
	}
	return l.base + "/t/c/" + token(l.signer, purposeClick, l.message, target) + "?u=" + url.QueryEscape(target)
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func token(signer *secure.Signer, purpose string, message int64, target string) string {
	id := strconv.FormatInt(message, 36)
	return id + "." + signer.Sign(purpose, id+"\n"+target)
}

// messageOf returns the message that a token is for, or false when we did not make
// it for this purpose and target.
func messageOf(signer *secure.Signer, purpose, token, target string) (int64, bool) {
	id, signature, _ := strings.Cut(token, ".")
	if !signer.Valid(purpose, id+"\n"+target, signature) {
		return 0, false
	}
	message, err := strconv.ParseInt(id, 36, 64)
	return message, err == nil
}
