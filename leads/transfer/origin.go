package transfer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sarnakh/sarnakh/leads"
	"github.com/sarnakh/sarnakh/leads/transfer/sheet"
)

// Origin is the tool that a file was exported from.
type Origin string

// The tools whose exports are recognised by their columns.
const (
	Unknown   Origin = ""
	Mailchimp Origin = "mailchimp"
	HubSpot   Origin = "hubspot"
	Mautic    Origin = "mautic"
	Listmonk  Origin = "listmonk"
	Ours      Origin = "sarnakh"
)

// dialects are the columns by which a tool's export is known, and what they mean to us.
// A column that stands nowhere becomes a field of one's own; "-" leaves it out.
var dialects = []struct {
	origin Origin
	needs  []string // all of them
	any    []string // and one of these
	means  map[string]string
}{
	{Mailchimp, []string{"Email Address"}, []string{"MEMBER_RATING", "OPTIN_TIME", "LEID", "EUID", "CONFIRM_TIME"}, map[string]string{
		"Email Address": "email", "First Name": "first_name", "Last Name": "last_name", "Phone Number": "phone",
		"TIMEZONE": "time_zone", "CC": "country", "TAGS": ToTags, "CONFIRM_TIME": ToConsentAt, "UNSUB_TIME": ToLeftAt, "CLEAN_TIME": ToLeftAt,
		"NOTES": "attribute:mailchimp_notes", "MEMBER_RATING": "attribute:mailchimp_rating", "Address": "attribute:address",
		"OPTIN_TIME": "-", "OPTIN_IP": "-", "CONFIRM_IP": "-", "LATITUDE": "-", "LONGITUDE": "-", "GMTOFF": "-", "DSTOFF": "-", "REGION": "attribute:region",
		"LAST_CHANGED": "-", "LEID": "-", "EUID": "-", "UNSUB_CAMPAIGN_TITLE": "-", "UNSUB_CAMPAIGN_ID": "-", "UNSUB_REASON": "attribute:unsubscribe_reason",
		"UNSUB_REASON_OTHER": "-", "CLEAN_CAMPAIGN_TITLE": "-", "CLEAN_CAMPAIGN_ID": "-",
	}},
	{HubSpot, []string{"Record ID", "Email"}, []string{"Lifecycle Stage", "Contact owner", "Create Date", "First Name", "Lead Status"}, map[string]string{
		"Record ID": "attribute:hubspot_id", "Email": "email", "First Name": "first_name", "Last Name": "last_name", "Phone Number": "phone",
		"Mobile Phone Number": "attribute:mobile_phone", "Lifecycle Stage": "stage", "Preferred language": "language", "Country/Region": "country",
		"Time Zone": "attribute:hubspot_time_zone", "Unsubscribed from all email": ToOptOut, "Contact owner": "attribute:hubspot_owner",
		"Marketing contact status": "-", "Associated Company IDs": "-", "Create Date": "attribute:hubspot_created", "Last Modified Date": "-",
	}},
	// Our own: what we know by ourselves is left out, the rest goes where it was.
	{Ours, []string{columnID, "external_id", "email", columnConsent, columnUpdated}, nil, ours()},
	{Listmonk, []string{"uuid", "email", "name", "attributes", "status"}, nil, map[string]string{
		"uuid": "attribute:listmonk_uuid", "email": "email", "name": ToName, "attributes": ToAttributes, "status": ToStatus, "created_at": ToConsentAt, "updated_at": "-",
	}},
	{Mautic, []string{"email", "firstname", "lastname"}, []string{"points", "dateadded", "date_added", "lastactive", "last_active", "dateidentified", "preferred_locale", "stage", "address1"}, map[string]string{
		"id": "attribute:mautic_id", "email": "email", "firstname": "first_name", "lastname": "last_name", "mobile": "phone", "phone": "attribute:landline",
		"country": "country", "preferred_locale": "language", "timezone": "time_zone", "tags": ToTags, "donotemail": ToOptOut, "do_not_email": ToOptOut,
		"stage": "attribute:mautic_stage", "points": "attribute:mautic_points", "ip": "-", "ipaddress": "-", "ip_addresses": "-",
		"dateadded": "-", "date_added": "-", "lastactive": "-", "last_active": "-", "dateidentified": "-", "date_identified": "-", "datemodified": "-", "date_modified": "-",
		"owner": "attribute:mautic_owner", "attribution": "-", "attribution_date": "-",
	}},
}

// ours is what the columns of our own exports mean.
func ours() map[string]string {
	means := map[string]string{}
	for _, name := range ExportColumns {
		means[name] = "-"
	}
	for _, name := range leads.BuiltIn[:12] {
		means[name] = name
	}
	means[columnTags] = ToTags
	return means
}

// usual are the names that columns have in lists of no particular tool, without case,
// space and signs.
var usual = map[string]string{
	"email": "email", "emailaddress": "email", "mail": "email", "ایمیل": "email", "نشانیایمیل": "email", "ادرسایمیل": "email", "پستالکترونیک": "email",
	"firstname": "first_name", "fname": "first_name", "givenname": "first_name", "نام": "first_name", "نامکوچک": "first_name",
	"lastname": "last_name", "lname": "last_name", "surname": "last_name", "familyname": "last_name", "نامخانوادگی": "last_name", "فامیل": "last_name", "فامیلی": "last_name",
	"name": ToName, "fullname": ToName, "نامونامخانوادگی": ToName, "نامکامل": ToName,
	"phone": "phone", "phonenumber": "phone", "mobile": "phone", "mobilephone": "phone", "cell": "phone", "tel": "phone", "telephone": "phone",
	"موبایل": "phone", "تلفن": "phone", "تلفنهمراه": "phone", "شمارهموبایل": "phone", "شمارهتلفن": "phone", "همراه": "phone", "شمارههمراه": "phone",
	"externalid": "external_id", "customerid": "external_id", "userid": "external_id", "شناسه": "external_id", "کدمشتری": "external_id", "شناسهمشتری": "external_id",
	"language": "language", "lang": "language", "locale": "language", "زبان": "language",
	"country": "country", "countrycode": "country", "کشور": "country",
	"timezone": "time_zone", "منطقهزمانی": "time_zone",
	"stage": "stage", "lifecyclestage": "stage", "مرحله": "stage", "relation": "relation", "رابطه": "relation",
	"channel": "channel", "preferredchannel": "channel", "کانال": "channel", "owner": "owner", "مسئول": "owner",
	"tags": ToTags, "tag": ToTags, "labels": ToTags, "برچسب": ToTags, "برچسبها": ToTags,
	"status": ToStatus, "subscriptionstatus": ToStatus, "وضعیت": ToStatus,
	"optout": ToOptOut, "unsubscribed": ToOptOut, "donotemail": ToOptOut, "لغواشتراک": ToOptOut,
	"consentdate": ToConsentAt, "optindate": ToConsentAt, "optintime": ToConsentAt, "تاریخرضایت": ToConsentAt,
}

// propose says where a file comes from, what being in each of its tables means, and what
// its columns mean as far as can be told. A person looks at it before anything happens.
func propose(f *Found) []Column {
	for _, d := range dialects {
		if slices.ContainsFunc(f.Parts, func(p Part) bool { return speaks(p.Header, d.needs, d.any) }) {
			f.Origin = d.origin
			if d.origin == Mailchimp {
				for i := range f.Parts {
					f.Parts[i].Standing = mailchimpStanding(f.Parts[i])
				}
			}
			return columns(f, func(name string) (string, bool) {
				for said, to := range d.means {
					if strings.EqualFold(said, name) {
						return to, true
					}
				}
				return "", false
			})
		}
	}
	mended := len(f.Parts) == 1 && len(f.Parts[0].Header) > 4 && slices.Equal(f.Parts[0].Header[:4], refusedHeader)
	return columns(f, func(name string) (string, bool) {
		if mended && slices.Contains(refusedHeader, name) {
			return "-", true // our own file of refused rows, mended and brought again
		}
		to, ok := usual[compact(name)]
		return to, ok
	})
}

func speaks(header, needs, any []string) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(header, func(h string) bool { return strings.EqualFold(h, name) })
	}
	for _, name := range needs {
		if !has(name) {
			return false
		}
	}
	return any == nil || slices.ContainsFunc(any, has)
}

// mailchimpStanding tells Mailchimp's files apart by their names, and where somebody has
// renamed one by its columns.
func mailchimpStanding(p Part) Standing {
	for prefix, standing := range map[string]Standing{
		"subscribed": Subscribed, "unsubscribed": Unsubscribed, "cleaned": Bounced, "nonsubscribed": Unconfirmed, "transactional": Unconfirmed,
	} {
		if strings.HasPrefix(strings.ToLower(p.Name), prefix) {
			return standing
		}
	}
	switch {
	case slices.Contains(p.Header, "UNSUB_TIME"):
		return Unsubscribed
	case slices.Contains(p.Header, "CLEAN_TIME"):
		return Bounced
	}
	return Subscribed
}

// columns asks what each name means; the first of a meaning has it, and what means
// nothing becomes a field of one's own.
func columns(f *Found, means func(name string) (string, bool)) []Column {
	var out []Column
	taken := map[string]string{}
	for _, p := range f.Parts {
		for i, name := range p.Header {
			if slices.ContainsFunc(out, func(c Column) bool { return c.Name == name }) {
				continue
			}
			to, ok := means(name)
			switch {
			case to == "-":
				to = ToIgnore
			case !ok && slices.Contains(p.Notices, sheet.NoticeHeadless):
				to = ToIgnore
				if len(p.Samples[i]) > 0 && strings.Contains(p.Samples[i][0], "@") {
					to = "email"
				}
			case !ok:
				to = toAttribute + attributeName(name)
			}
			if other, twice := taken[to]; twice && to != ToTags && together(*f, other, name) {
				to = ToIgnore
			}
			c := Column{Name: name, To: to}
			if c.Attribute() != "" {
				c.Type = guess(p.Samples[i])
				if len(p.Samples[i]) == 0 {
					c.Type = "text"
				}
			}
			taken[to] = name
			out = append(out, c)
		}
	}
	return out
}

// attributeName makes the name of a field of one's own out of that of a column.
func attributeName(name string) string {
	name = strings.ToLower(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '-' || r == '/' || r == '.':
			return '_'
		case strings.ContainsRune("\"'\\#~@()[]{}", r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c':
			return -1
		}
		return r
	}, visible(name)))
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40])
	}
	name = strings.Trim(name, "_")
	if slices.Contains(leads.BuiltIn, name) {
		name = "imported_" + name
	}
	return name
}

// guess says how values are to be read: as what all of them are.
func guess(samples []string) string {
	if len(samples) == 0 {
		return "text"
	}
	all := func(is func(string) bool) bool {
		return !slices.ContainsFunc(samples, func(s string) bool { return !is(s) })
	}
	switch {
	case all(func(s string) bool { _, ok := readDate(s); return ok }):
		return "date"
	case all(func(s string) bool { _, ok := readBool(s); return ok && s != "0" && s != "1" && len(s) > 1 }):
		return "bool"
	case all(func(s string) bool { _, ok := readNumber(s); return ok && utf8.RuneCountInString(s) < 12 }):
		return "number"
	}
	return "text"
}
