"""MediaPipe's models: people, faces and hands at camera rate on two CPU cores.

The weights are Apache-2.0 and come out of one pinned wheel; none of MediaPipe's code runs here.

==================  ===============================================================================
`person`            one network, one mask: `PersonSegmenter`
`face`, `hand`      a detector says where to look (`detection`), a second network finds landmarks
                    in an upright crop (`landmarks`), and these become outlines (`face_shapes`,
                    `hand_shape`); in a live session the crops follow their things from image to
                    image, and the detector looks only now and then (`following`)
==================  ===============================================================================
"""
