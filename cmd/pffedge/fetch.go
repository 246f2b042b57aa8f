package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pffedge/pffedge/internal/data"
	"github.com/pffedge/pffedge/internal/show"
	"github.com/spf13/cobra"
)

func (a *app) fetch() *cobra.Command {
	var out string
	var mirrors []string
	cmd := &cobra.Command{
		Use:   "fetch " + strings.Join(data.FetchNames(), "|"),
		Short: "Download a public data set",
		Long: `Download a public data set from its usual mirrors. Every file is checked
against a pinned SHA-256; a download that was cut off goes on where it stopped;
a file appears under its name only when it is complete and right.`,
		Example:   "  pffedge data fetch mnist --out mnist",
		ValidArgs: data.FetchNames(),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(data.FetchNames(), args[0]) {
				return fmt.Errorf("name one data set: %s", strings.Join(data.FetchNames(), ", "))
			}
			return nil
		},
		RunE: doing(func(cmd *cobra.Command, args []string) error {
			if out == "" {
				out = args[0]
			}
			bar := show.NewProgress(a.stderr, isTerminal(a.stderr), 0, "B")
			defer bar.Close()
			err := data.Fetch(cmd.Context(), args[0], out, data.FetchOptions{
				Mirrors: mirrors,
				Progress: func(p data.FetchProgress) {
					bar.SetTotal(p.Total)
					bar.Set(p.Done, p.File)
				},
			})
			bar.Close()
			if err != nil {
				return err
			}
			if a.json {
				return a.print(map[string]string{"name": args[0], "folder": out})
			}
			_, err = fmt.Fprintf(a.stdout, "%s is in %s\n", args[0], out)
			return err
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to put the files in (default: the set's name)")
	cmd.Flags().StringSliceVar(&mirrors, "mirror", nil, "base URL to fetch from instead of the usual mirrors; may be repeated")
	return cmd
}
