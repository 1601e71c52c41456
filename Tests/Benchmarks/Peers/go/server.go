// The Records service on grpc-go: `server PORT [CERTIFICATE KEY]`.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	pb "bench/records"
)

type recordsServer struct {
	pb.UnimplementedRecordsServer
	table map[string]*pb.Record
}

func makeTable() map[string]*pb.Record {
	table := make(map[string]*pb.Record)
	for index := 0; index < 1000; index++ {
		number := fmt.Sprintf("%06d", index)
		table["records/"+number] = &pb.Record{
			Id:      "records/" + number,
			Name:    "Municipality of Benchmark " + number,
			Country: "ES",
			Region:  "Basque Autonomous Community",
			Kind:    "local government",
			Website: "https://www.city-" + number + ".example.org/about",
			Email:   "international@city-" + number + ".example.org",
			Description: "Holds its council in public, publishes its budget and its accounts, " +
				"and answers letters within ten days.",
			Population: int64(100000 + index),
			Founded:    int32(1300 + index%700),
		}
	}
	return table
}

// The table's record is not written to after the start, so it is encoded as it lies there.
func (server *recordsServer) find(id string) (*pb.Record, error) {
	record, known := server.table[id]
	if !known {
		return nil, status.Errorf(codes.NotFound, "there is no %s", id)
	}
	return record, nil
}

func (server *recordsServer) Get(_ context.Context, request *pb.GetRequest) (*pb.Record, error) {
	return server.find(request.Id)
}

func (server *recordsServer) Stream(request *pb.StreamRequest, stream pb.Records_StreamServer) error {
	for index := int32(0); index < request.Count; index++ {
		record, err := server.find(request.Id)
		if err != nil {
			return err
		}
		if err := stream.Send(record); err != nil {
			return err
		}
	}
	return nil
}

func (server *recordsServer) Exchange(stream pb.Records_ExchangeServer) error {
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		record, err := server.find(request.Id)
		if err != nil {
			return err
		}
		if err := stream.Send(record); err != nil {
			return err
		}
	}
}

func run() error {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		return err
	}
	var options []grpc.ServerOption
	if len(os.Args) > 3 {
		certificate, err := credentials.NewServerTLSFromFile(os.Args[2], os.Args[3])
		if err != nil {
			return err
		}
		options = append(options, grpc.Creds(certificate))
	}
	server := grpc.NewServer(options...)
	pb.RegisterRecordsServer(server, &recordsServer{table: makeTable()})
	fmt.Println("grpc-go", grpc.Version)
	return server.Serve(listener)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
