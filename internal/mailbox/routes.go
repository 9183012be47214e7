package mailbox

import "github.com/sarnakh/sarnakh/internal/web"

// Routes are the pages of the mailbox.
func (m *Mailbox) Routes(k *web.Kit) []web.Route {
	p := pages{m, k}
	return []web.Route{
		{Pattern: "GET /dev/mailbox", Access: web.Staff, Handle: p.list},
		{Pattern: "GET /dev/mailbox.json", Access: web.Staff, Handle: p.json},
		{Pattern: "POST /dev/mailbox/clear", Access: web.Staff, Handle: p.clear},
		{Pattern: "GET /dev/mailbox/{id}", Access: web.Staff, Handle: p.detail},
		{Pattern: "GET /dev/mailbox/{id}/html", Access: web.Staff, Handle: p.html},
		{Pattern: "GET /dev/mailbox/{id}/source", Access: web.Staff, Handle: p.source},
	}
}
