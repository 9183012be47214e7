package templates

import "testing"

func TestTheMenuMarksOnePlaceAndOpensItsGroup(t *testing.T) {
	for path, want := range map[string]string{
		"/": "/", "/leads/7/edit": "/leads", "/imports/3": "/leads", "/fields": "/leads", "/emails/welcome": "/journeys", "/settings/keys": "/settings/keys", "/nowhere": "",
	} {
		var here string
		for _, g := range menu(path, "audience,marketing,connections", true) {
			for _, item := range g.Items {
				if item.Here {
					here += item.Href
				}
			}
			if g.Open != (g.Here || g.Name == "") {
				t.Errorf("%s: group %q is open: %v, and the page is in it: %v", path, g.Name, g.Open, g.Here)
			}
		}
		if here != want {
			t.Errorf("%s: marked %q", path, here)
		}
	}
}

func TestTheMenuHidesTheMailboxWhereMailsGoOut(t *testing.T) {
	for _, kept := range []bool{true, false} {
		if containsMailbox(menu("/", "", kept)) != kept {
			t.Errorf("mails stay here: %v, and the menu says otherwise", kept)
		}
	}
}

func containsMailbox(all []menuGroup) bool {
	for _, g := range all {
		for _, item := range g.Items {
			if item.Href == mailboxPath {
				return true
			}
		}
	}
	return false
}

func TestEveryRoomOfTheMenuHasWordsAndAnIcon(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		if g.Name != "" && !set.Catalog().Has("nav.group."+g.Name) {
			t.Errorf("the group %s has no words", g.Name)
		}
		for _, item := range g.Items {
			if !set.Catalog().Has(item.Words) {
				t.Errorf("%s has no words: %s", item.Href, item.Words)
			}
			if _, err := icon(item.Icon); err != nil {
				t.Errorf("%s: %v", item.Href, err)
			}
		}
	}
}
