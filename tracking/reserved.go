package tracking

import (
	"strings"

	"github.com/sarnakh/sarnakh/leads"
)

// reservedNames are the events that Sarnakh records of what it knows at first hand. A
// write key stands in the source of a web page for everybody to read: nobody may use
// it to write that somebody has agreed, earned points or opened an e-mail.
var reservedNames = lower(
	leads.EventFormSubmitted, leads.EventEmailSent, leads.EventEmailOpened, leads.EventEmailClicked, leads.EventEmailHeldBack,
	leads.EventUnsubscribed, leads.EventResubscribed, leads.EventPointsEarned, leads.EventOfferGranted, leads.EventOfferRedeemed,
	leads.EventJourneyEntered, leads.EventJourneyCompleted, leads.EventExperimentDecided, leads.EventLeadUpdated,
	leads.EventTagAdded, leads.EventTagRemoved, leads.EventConsentGiven, leads.EventConsentWithdrawn, leads.EventNoteWritten,
	leads.EventSegmentEntered, leads.EventSegmentLeft, leads.EventScoreChanged,
	leads.EventLeadCreated, leads.EventLeadErased, leads.EventConsentAsked, leads.EventNoteEdited, leads.EventNoteDeleted, leads.EventLeadsMerged, leads.EventMergeUndone,
)

func lower(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[strings.ToLower(name)] = true
	}
	return set
}
