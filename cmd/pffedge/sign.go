package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/pffedge/pffedge/model"
	"github.com/spf13/cobra"
)

// signature is what `pffedge sign --json` and `pffedge verify --json` print.
type signature struct {
	File    string `json:"file,omitempty"`
	Key     string `json:"key"`               // the public key, see keyName
	Trusted *bool  `json:"trusted,omitempty"` // it is one of those given; absent without any
	Secret  string `json:"secret,omitempty"`  // file of a new secret key
	Public  string `json:"public,omitempty"`  // file of its public half
}

func (a *app) sign() *cobra.Command {
	var key, newKey, out string
	cmd := &cobra.Command{
		Use:   "sign --key SECRET.pem FILE.pff",
		Short: "Sign a model file",
		Long: `Add an Ed25519 signature to a model or checkpoint, in place of any that it has.
Whoever has the public key can then tell, with verify, that no byte of it has
changed since. Predicting and learning do without; what is learned further is
no longer signed.

Keys are PEM files as openssl writes them (openssl genpkey -algorithm ed25519).
--new-key makes a pair: NAME.pem, to be kept secret, and NAME.pub.pem.`,
		Example: `  pffedge sign --new-key maker.pem
  pffedge sign --key maker.pem digits.pff
  pffedge verify --key maker.pub.pem digits.pff`,
		Args: cobra.MaximumNArgs(1),
		RunE: doing(func(_ *cobra.Command, args []string) error {
			if newKey != "" {
				if key != "" || out != "" || len(args) > 0 {
					return usagef("--new-key goes alone")
				}
				return a.newKeys(newKey)
			}
			if len(args) == 0 {
				return usagef("no model file to sign")
			}
			if key == "" {
				return usagef("--key is missing: a secret key; --new-key makes one")
			}
			secret, err := readSecretKey(key)
			if err != nil {
				return err
			}
			if out == "" {
				out = args[0]
			}
			if err := model.Sign(args[0], out, secret); err != nil {
				return err
			}
			public := secret.Public().(ed25519.PublicKey)
			return a.tell(signature{File: out, Key: keyName(public)}, "%s: signed by %s\n", out, keyName(public))
		}),
	}
	cmd.Flags().StringVar(&key, "key", "", "secret key `FILE`, PEM")
	cmd.Flags().StringVar(&newKey, "new-key", "", "make a pair of keys: the secret one in `FILE`, the public one beside it")
	cmd.Flags().StringVar(&out, "out", "", "write the signed model to `FILE` (default: in place)")
	return cmd
}

func (a *app) newKeys(path string) error {
	key, err := makeKeys(path)
	if err != nil {
		return err
	}
	return a.tell(signature{Key: keyName(key), Secret: path, Public: publicPath(path)},
		"%s: secret key, keep it so\n%s: public key %s\n", path, publicPath(path), keyName(key))
}

// tell prints v as JSON or the text for people.
func (a *app) tell(v any, format string, args ...any) error {
	if a.json {
		return a.print(v)
	}
	_, err := fmt.Fprintf(a.stdout, format, args...)
	return err
}

func (a *app) verify() *cobra.Command {
	var keys []string
	cmd := &cobra.Command{
		Use:   "verify [--key PUBLIC.pem] FILE.pff",
		Short: "Check the signature of a model file",
		Long: `Read all of a model file and check its signature. With --key, which may be
repeated, the signature must be by one of the keys; without, the command says
whose it is. Exit status 1 if there is none, if it is not that of the content, or
by another key.`,
		Example: "  pffedge verify --key maker.pub.pem digits.pff",
		Args:    cobra.ExactArgs(1),
		RunE: doing(func(_ *cobra.Command, args []string) error {
			var trusted []ed25519.PublicKey
			for _, path := range keys {
				key, err := readPublicKey(path)
				if err != nil {
					return err
				}
				trusted = append(trusted, key)
			}
			key, err := model.VerifySignature(args[0], trusted...)
			if errors.Is(err, model.ErrUntrusted) {
				return hinted{err, "it is signed by " + keyName(key)}
			}
			if err != nil {
				return err
			}
			v, trust := signature{File: args[0], Key: keyName(key)}, "; whether to trust that key is for you to say (--key)"
			if len(trusted) > 0 {
				v.Trusted, trust = new(true), ", which you trust"
			}
			return a.tell(v, "%s: unchanged since it was signed by %s%s\n", args[0], v.Key, trust)
		}),
	}
	cmd.Flags().StringArrayVar(&keys, "key", nil, "public key `FILE`, PEM, that you trust")
	return cmd
}
