// grpc's interop service on grpc C++, for attacks: `interop PORT`.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "grpc/testing/test.grpc.pb.h"

using grpc::Status;
using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

namespace {

// Calls by callbacks, which hold no thread; streams by the API that has one for each.
using Base = TestService::WithCallbackMethod_EmptyCall<
    TestService::WithCallbackMethod_UnaryCall<TestService::Service>>;

class Interop final : public Base {
  grpc::ServerUnaryReactor* EmptyCall(grpc::CallbackServerContext* context, const Empty*,
                                      Empty*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* UnaryCall(grpc::CallbackServerContext* context,
                                      const SimpleRequest* request,
                                      SimpleResponse* response) override {
    response->mutable_payload()->set_body(std::string(request->response_size(), '\0'));
    auto* reactor = context->DefaultReactor();
    reactor->Finish(Status::OK);
    return reactor;
  }

  Status StreamingOutputCall(
      grpc::ServerContext*, const StreamingOutputCallRequest* request,
      grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
    Answer(*request, writer);
    return Status::OK;
  }

  Status StreamingInputCall(grpc::ServerContext*,
                            grpc::ServerReader<StreamingInputCallRequest>* reader,
                            StreamingInputCallResponse* response) override {
    StreamingInputCallRequest request;
    int size = 0;
    while (reader->Read(&request)) size += request.payload().body().size();
    response->set_aggregated_payload_size(size);
    return Status::OK;
  }

  Status FullDuplexCall(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>* stream)
      override {
    StreamingOutputCallRequest request;
    while (stream->Read(&request)) Answer(request, stream);
    return Status::OK;
  }

  template <typename Writer>
  static void Answer(const StreamingOutputCallRequest& request, Writer* writer) {
    for (const auto& wanted : request.response_parameters()) {
      std::this_thread::sleep_for(std::chrono::microseconds(wanted.interval_us()));
      StreamingOutputCallResponse response;
      response.mutable_payload()->set_body(std::string(wanted.size(), '\0'));
      if (!writer->Write(response)) return;
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  Interop service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(std::string("127.0.0.1:") + arguments[1],
                           grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  std::cout << "grpc C++ " << grpc::Version() << std::endl;
  server->Wait();
}
