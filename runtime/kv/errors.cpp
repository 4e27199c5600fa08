// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/errors.hpp"

namespace aisle::kv {

std::string_view to_text(errc code) {
  switch (code) {
    case errc::not_found:
      return "not_found";
    case errc::no_permission:
      return "no_permission";
    case errc::locked:
      return "locked";
    case errc::foreign:
      return "foreign";
    case errc::newer_format:
      return "newer_format";
    case errc::damaged:
      return "damaged";
    case errc::no_space:
      return "no_space";
    case errc::failed:
      return "failed";
    case errc::unknown_copy:
      return "unknown_copy";
    case errc::exists:
      return "exists";
    case errc::wrong_base:
      return "wrong_base";
    case errc::old_generation:
      return "old_generation";
    case errc::not_in_chain:
      return "not_in_chain";
    case errc::too_large:
      return "too_large";
  }
  return "unknown";
}

}  // namespace aisle::kv
