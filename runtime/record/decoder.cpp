// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/decoder.hpp"

#include "runtime/base/check.hpp"

namespace aisle::record {

std::string_view to_text(reject_code code) {
  switch (code) {
    case reject_code::empty:
      return "empty";
    case reject_code::malformed:
      return "malformed";
    case reject_code::too_large:
      return "too_large";
    case reject_code::too_deep:
      return "too_deep";
    case reject_code::missing:
      return "missing";
    case reject_code::duplicate_field:
      return "duplicate_field";
    case reject_code::wrong_type:
      return "wrong_type";
    case reject_code::out_of_range:
      return "out_of_range";
    case reject_code::pattern:
      return "pattern";
    case reject_code::not_in_enum:
      return "not_in_enum";
    case reject_code::quality:
      return "quality";
    case reject_code::too_many_items:
      return "too_many_items";
    case reject_code::columns:
      return "columns";
    case reject_code::ahead:
      return "ahead";
    case reject_code::schema:
      return "schema";
  }
  base::die("a reject code without a name");
}

}  // namespace aisle::record
