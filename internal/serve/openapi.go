package serve

import (
	_ "embed"
	"net/http"
)

// description is the API in OpenAPI 3.1.
//
//go:embed openapi.json
var description []byte

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	w.Write(description)
	return nil
}
