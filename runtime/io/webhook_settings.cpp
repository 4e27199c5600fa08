// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_settings.hpp"

#include "runtime/io/secret.hpp"

namespace aisle::io {

result<std::string> read_secret(const webhook_settings& of) {
  return read_secret({.env = of.secret_env, .file = of.secret_file},
                     "the secret that signs the posts");
}

}  // namespace aisle::io
