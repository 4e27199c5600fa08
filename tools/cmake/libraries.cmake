# SPDX-License-Identifier: Apache-2.0
# The third-party libraries, each as a target aisle::<name>; <name> is the first column of
# [libraries] in tools/layers.txt. All come from Debian's packages.

function(third_party name)
  add_library(third_party_${name} INTERFACE)
  target_link_libraries(third_party_${name} INTERFACE ${ARGN})
  add_library(aisle::${name} ALIAS third_party_${name})
endfunction()

find_package(Threads REQUIRED)

find_package(yaml-cpp 0.7 REQUIRED)
third_party(yaml-cpp yaml-cpp)

find_package(spdlog 1.10 REQUIRED)
third_party(spdlog spdlog::spdlog)

find_package(fmt 9.1 REQUIRED)
third_party(fmt fmt::fmt)

find_package(date 3.0 REQUIRED)
third_party(date-tz date::date-tz)

find_package(simdjson 3.0 REQUIRED)
third_party(simdjson simdjson::simdjson)

find_package(ZLIB REQUIRED)
third_party(zlib ZLIB::ZLIB)

find_package(zstd 1.5 REQUIRED)
third_party(zstd zstd::libzstd_shared)

find_path(AISLE_MSGPACK_INCLUDE msgpack.hpp REQUIRED)
third_party(msgpack)
target_compile_definitions(third_party_msgpack INTERFACE MSGPACK_NO_BOOST)

find_package(CURL 7.88 REQUIRED)
third_party(curl CURL::libcurl)

find_package(OpenSSL 3.0 REQUIRED)
third_party(openssl OpenSSL::Crypto)

find_library(AISLE_XXHASH_LIBRARY xxhash REQUIRED)
third_party(xxhash ${AISLE_XXHASH_LIBRARY})

find_library(AISLE_LMDB_LIBRARY lmdb REQUIRED)
find_path(AISLE_LMDB_INCLUDE lmdb.h REQUIRED)
third_party(lmdb ${AISLE_LMDB_LIBRARY})

find_library(AISLE_RDKAFKA_LIBRARY rdkafka REQUIRED)
find_path(AISLE_RDKAFKA_INCLUDE librdkafka/rdkafka.h REQUIRED)
third_party(rdkafka ${AISLE_RDKAFKA_LIBRARY})

find_path(AISLE_BOOST_MATH_INCLUDE boost/math/distributions/negative_binomial.hpp REQUIRED)
third_party(boost-math)

# Writes what tests read; the program does not need it.
if(AISLE_TESTS)
  find_library(AISLE_AVRO_LIBRARY avro REQUIRED)
  third_party(avro ${AISLE_AVRO_LIBRARY})
endif()

if(AISLE_WITH_NODE)
  find_package(CLI11 2.1 REQUIRED)
  third_party(cli11 CLI11::CLI11)

  find_package(nlohmann_json 3.11 REQUIRED)
  third_party(nlohmann-json nlohmann_json::nlohmann_json)

  find_package(CAF 0.17 REQUIRED COMPONENTS core)
  third_party(caf CAF::core)
endif()
