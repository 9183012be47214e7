package segments

import "github.com/sarnakh/sarnakh/leads"

// holdings is what we keep about leads: who is in. When two leads are merged the kept
// one takes the other's place, which an undoing puts back; the event that tells of it
// has all segments looked at again. Whoever was erased leaves by the same way.
func holdings() []leads.Holding {
	return []leads.Holding{{Table: "segment_members", Key: []string{"segment_id"}, Unique: [][]string{{"segment_id"}}, Names: map[string]string{"segment_id": "segments.key"}}}
}
