// Calls Get over and over: `client PORT CALLS CONNECTIONS STREAMS`; prints its CPU seconds.

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include "bench/v1/records.grpc.pb.h"
#include "records.h"

using bench::v1::GetRequest;
using bench::v1::Record;
using bench::v1::Records;

namespace {

struct Call {
  grpc::ClientContext context;
  Record answer;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Record>> reader;
  Records::Stub* stub;
};

double Seconds(const timeval& time) { return time.tv_sec + time.tv_usec / 1e6; }

double CPU() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const std::string target = std::string("127.0.0.1:") + arguments[1];
  const int calls = std::atoi(arguments[2]);
  const int connections = std::atoi(arguments[3]);
  const int streams = std::atoi(arguments[4]);
  const auto expected = MakeRecords().at("records/000123").SerializeAsString();

  std::vector<std::unique_ptr<Records::Stub>> stubs;
  for (int index = 0; index < connections; index++) {
    grpc::ChannelArguments options;
    options.SetInt("bench.connection", index);  // Channels that differ share no connection.
    stubs.push_back(Records::NewStub(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), options)));
  }
  GetRequest request;
  request.set_id("records/000123");
  grpc::CompletionQueue queue;
  int started = 0;
  auto start = [&](Records::Stub* stub) {
    auto* call = new Call;
    call->stub = stub;
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    call->context.AddMetadata("x-caller", "bench");
    call->reader = stub->AsyncGet(&call->context, request, &queue);
    call->reader->Finish(&call->answer, &call->status, call);
    started++;
  };
  const double before = CPU();
  for (auto& stub : stubs) {
    for (int index = 0; index < streams && started < calls; index++) start(stub.get());
  }
  for (int done = 0; done < calls; done++) {
    void* tag;
    bool ok;
    queue.Next(&tag, &ok);
    std::unique_ptr<Call> call(static_cast<Call*>(tag));
    if (!call->status.ok() || call->answer.SerializeAsString() != expected) {
      std::cerr << "a wrong answer: " << call->status.error_message() << "\n";
      return 1;
    }
    if (started < calls) start(call->stub);
  }
  std::cout << calls << " " << CPU() - before << "\n";
}
