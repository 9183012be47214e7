package tracking

import (
	"strings"
	"unicode"

	"github.com/sarnakh/sarnakh/internal/i18n"
	"github.com/sarnakh/sarnakh/leads"
)

// reservedNames are the events that Sarnakh records of what it knows at first hand. A
// write key stands in the source of a web page for everybody to read: nobody may use
// it to write that somebody has agreed, earned points or opened an e-mail.
var reservedNames = plainNames(
	leads.EventFormSubmitted, leads.EventEmailSent, leads.EventEmailOpened, leads.EventEmailClicked, leads.EventEmailHeldBack,
	leads.EventUnsubscribed, leads.EventResubscribed, leads.EventPointsEarned, leads.EventOfferGranted, leads.EventOfferRedeemed,
	leads.EventJourneyEntered, leads.EventJourneyCompleted, leads.EventExperimentDecided, leads.EventExperimentEntered, leads.EventLeadUpdated,
	leads.EventTagAdded, leads.EventTagRemoved, leads.EventConsentGiven, leads.EventConsentWithdrawn, leads.EventNoteWritten,
	leads.EventSegmentEntered, leads.EventSegmentLeft, leads.EventScoreChanged,
	leads.EventLeadCreated, leads.EventPastJoined, leads.EventLeadErased, leads.EventConsentAsked, leads.EventNoteEdited, leads.EventNoteDeleted, leads.EventLeadsMerged, leads.EventMergeUndone,
	"Lead Imported", // by leads/transfer
)

func plainNames(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[plainName(name)] = true
	}
	return set
}

// plainName is a name without what readers and webhooks see through: "Points-Earned" is
// "Points Earned" to them.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, i18n.Fold(name))
}
