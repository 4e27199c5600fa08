// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/check.hpp"
#include "runtime/record/avro_decoder.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/json_rows.hpp"

namespace aisle::record {

std::expected<std::unique_ptr<decoder>, std::string> make_decoder(const contract& by,
                                                                  const decoding& how,
                                                                  limits bounds) {
  switch (how.format) {
    case format::json:
      return how.debezium ? make_debezium_json_decoder(by, how.deletes, bounds)
                          : make_json_decoder(by, bounds);
    case format::msgpack:
      base::check(!how.debezium, "Debezium writes JSON and Avro");
      return make_msgpack_decoder(by, bounds);
    case format::avro:
      return make_avro_decoder(by, how, bounds);
  }
  base::die("a format without a decoder");
}

}  // namespace aisle::record
