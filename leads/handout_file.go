package leads

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/sarnakh/sarnakh/internal/web"
)

// handOutFile is all that is known about one person, for programs.
func (p pages) handOutFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r)
	if err != nil {
		return err
	}
	found, err := p.s.PersonData(r.Context(), id)
	if err != nil {
		return err
	}
	return download(w, "person", found.Lead.ID, found)
}

// download answers with a document as a file.
func download(w http.ResponseWriter, name string, id int64, document any) error {
	raw, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("%s of lead %d: %w", name, id, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%d.json"`, name, id))
	_, err = w.Write(raw)
	return err
}
